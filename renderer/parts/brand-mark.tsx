/** The product's mark: two channels and the gate between them. */
export function BrandMark({ size = 20 }: { size?: number }) {
  return (
    <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      <rect width="20" height="20" rx="5" fill="var(--ink)" />
      <path fill="#35a3b6" d="M4 6.2v9.3a.5.5 0 0 0 .5.5H16Z" />
      <path fill="#f3a67c" d="M6 4h9.5a.5.5 0 0 1 .5.5v8.9Z" />
      <rect x="8" y="2.5" width="3.2" height="15" rx="1.6" fill="var(--bg)" />
    </svg>
  )
}

/** The list below a combo box. A landmark of its own: it stands at the end of the document, outside of every other, and takes no focus. */
import type { ReactNode } from 'react'
import { Popover } from 'react-aria-components/Popover'

export function Suggestions({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Popover className="popover" placement="bottom start" offset={4}>
      <section aria-label={label}>{children}</section>
    </Popover>
  )
}

/** Hands a file to the browser's own download. */

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken the blob by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

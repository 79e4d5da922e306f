/** Which image URLs a request may carry. The router never fetches one: https URLs travel on as they are, everything of this machine is refused. */
import { invalid } from './fields.ts'

const IMAGE_LIMIT_BYTES = 20 * 1024 * 1024
const DATA_FORM = /^data:image\/(png|jpeg|jpg|webp|gif);base64,/i

/** Throws `invalid_image_url` or `image_too_large` with `param` (row d29). */
export function checkImageUrl(url: string, param: string): void {
  if (url.slice(0, 5).toLowerCase() === 'data:') {
    const head = DATA_FORM.exec(url.slice(0, 64))
    if (!head) throw invalid('invalid_image_url', param, 'An image must be PNG, JPEG, WebP or GIF in base64.')
    const bytes = Math.floor(((url.length - head[0].length) * 3) / 4)
    if (bytes > IMAGE_LIMIT_BYTES) throw invalid('image_too_large', param, 'An image may have 20 MiB at most.')
    return
  }
  const parsed = URL.parse(url)
  const host = parsed?.hostname ?? ''
  const isAddress = /^[\d.]+$|^\[/.test(host) // the parser has already written every odd form of an IPv4 address in digits
  const isNamed = !isAddress && host.includes('.') && !/(^|\.)(localhost|local|internal)\.?$/i.test(host)
  if (parsed?.protocol !== 'https:' || !isNamed || parsed.username !== '')
    throw invalid('invalid_image_url', param, 'An image must be a data: URL, or an https: URL of a public host.')
}

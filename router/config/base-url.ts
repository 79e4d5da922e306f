/** Checks a base URL once; the normal form that comes out is what connects (security page, e19, e23). No message holds the URL: it may hold a secret. */
import type { Address } from '../core/deployment.ts'

export type CheckedUrl =
  | { readonly baseUrl: string; readonly origin: string; readonly address: Address; readonly hostAndPort: string }
  | { readonly problem: string }

/** `text` as a base URL without a trailing slash, `/v1` added where the server has no path. */
export function checkBaseUrl(text: string): CheckedUrl {
  if (/[\s\\\p{Cc}]/u.test(text)) return { problem: 'a URL cannot hold spaces, backslashes or control characters' }
  if (/[^\x20-\x7e]/.test(text)) return { problem: 'a URL is written in ASCII here; write the xn-- form of a name' }
  if (!URL.canParse(text)) return { problem: 'expected a URL such as http://127.0.0.1:8000/v1' }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { problem: 'only http: and https: URLs are taken' }
  if (url.username !== '' || url.password !== '' || /^[^/]*:\/\/[^/]*@/.test(text))
    return { problem: 'a URL cannot hold a user or password; use api_key' }
  if (text.includes('#')) return { problem: 'a base URL cannot hold a fragment (#)' }
  if (text.includes('?')) return { problem: 'a base URL cannot hold a query (?)' }
  if (!/^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)) return { problem: 'the host of a URL is a name or an address' }
  const path = url.pathname.replace(/\/+$/, '')
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return {
    baseUrl: `${url.origin}${path === '' ? '/v1' : path}`,
    origin: url.origin,
    address: isLoopback(url.hostname) ? 'loopback' : 'network',
    hostAndPort: `${url.hostname}:${port}`,
  }
}

/** By name or number, as the parser normalised it; everything else counts as network, the side on which a lock to local refuses. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

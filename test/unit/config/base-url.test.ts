import { expect, test } from 'vitest'
import { checkBaseUrl } from '../../../router/config/base-url.ts'

test.each([
  ['http://localhost:8000', 'http://localhost:8000/v1', 'loopback'],
  ['http://localhost:8000/', 'http://localhost:8000/v1', 'loopback'],
  ['http://LOCALHOST/api/', 'http://localhost/api', 'loopback'],
  ['http://127.9.9.9:80/v1', 'http://127.9.9.9/v1', 'loopback'],
  ['http://0x7f.1', 'http://127.0.0.1/v1', 'loopback'],
  ['http://2130706433', 'http://127.0.0.1/v1', 'loopback'],
  ['http://[::1]:9/v1//', 'http://[::1]:9/v1', 'loopback'],
  ['http://[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]/v1', 'network'],
  ['http://0.0.0.0:8000', 'http://0.0.0.0:8000/v1', 'network'],
  ['http://127.0.0.1.evil.example', 'http://127.0.0.1.evil.example/v1', 'network'],
  ['http://localhost.evil.example', 'http://localhost.evil.example/v1', 'network'],
  ['http://10.0.0.7:8000/v1', 'http://10.0.0.7:8000/v1', 'network'],
  ['https://xn--mnchen-3ya.example', 'https://xn--mnchen-3ya.example/v1', 'network'],
])('%s becomes %s, %s', (text, baseUrl, address) => {
  expect(checkBaseUrl(text)).toMatchObject({ baseUrl, address })
})

test.each([
  'http://user:pw-secret@host',
  'http://@host',
  'http://user-secret@127.0.0.1',
  'http://host/#fragment',
  'http://host/v1#',
  'http://host/v1?key=secret',
  'unix:/var/run/secret.sock',
  'http+unix://%2Fsecret.sock/v1',
  'file:///etc/secret',
  'ftp://host',
  '//host/v1',
  'host:8000',
  'http://ho st',
  'http://host\n/v1',
  'http:\\\\host',
  'http://münchen.example',
  'http://ⓛocalhost',
  'http://',
  'http://host:99999',
])('%j is refused, and the message does not quote it', (text) => {
  const checked = checkBaseUrl(text)
  expect(checked).toHaveProperty('problem')
  expect(JSON.stringify(checked)).not.toContain('secret')
})

test.each([
  ['http://localhost:8000', 'localhost:8000'],
  ['https://api.example.com/v1', 'api.example.com:443'],
  ['http://[::1]', '[::1]:80'],
])('%s is named %s', (text, hostAndPort) => {
  expect(checkBaseUrl(text)).toMatchObject({ hostAndPort })
})

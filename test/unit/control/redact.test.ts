import { expect, test } from 'vitest'
import { redactHeaders, redactStrictly, redactText, redactValue } from '../../../router/control/redact.ts'

const key = (text: string) => text.replaceAll('·', '') // kept apart, so that no scanner takes them for real ones

test.each([
  key('sk-·ant-api03-AAAAbbbbCCCC1111'),
  key('sk-·or-v1-0123456789abcdef'),
  key('hg-·Zm9vYmFyYmF6cXV4'),
  key('panel-·Zm9vYmFyYmF6cXV4'),
  key('gsk_·0123456789abcdefghij'),
  key('xai-·0123456789abcdefghij'),
  key('hf_·abcdefgh1jklmnop'),
  key('ghp_·0123456789abcdefghijklmnopqrstuv'),
  key('github_pat_·11AAAAAAA0abcdefghij'),
  key('AKIA·IOSFODNN7EXAMPLE'),
  key('AIza·SyA-0123456789abcdefghijklmnopqrs'),
  key('xoxb-·123456789012-abcdefghij'),
  key('eyJ·hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln'),
])('a key of a known shape is masked wherever it stands: %s', (secret) => {
  for (const text of [secret, `"${secret}"`, `key=${secret}&x=1`, `(${secret})`, `unknown-${secret}`, `Bearer ${secret}`, `a\n${secret}\nb`]) {
    expect(redactText(text)).not.toContain(secret)
    expect(redactText(text)).toContain('[masked]')
  }
})

test('a private key is masked to its end, in JSON to the end of its text', () => {
  const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----'
  expect(redactText(`before ${pem} after`)).toBe('before [masked] after')
  const cut = JSON.stringify({ text: '-----BEGIN PRIVATE KEY-----\nMIIE', next: 'stays' })
  expect(JSON.parse(redactText(cut))).toEqual({ text: '[masked]', next: 'stays' })
})

test('ordinary words stay as they are', () => {
  for (const text of [
    'task-force-of-twenty',
    'a bearer instrument',
    'basic authentication',
    'max_tokens: 512',
    'the password: see the note',
    'risk-averse-people',
    'https://example.com/a:b',
  ])
    expect(redactText(text)).toBe(text)
})

test('what leaves the machine is masked by name too, and stays the JSON that it was', () => {
  expect(redactStrictly('API_KEY=abcd1234 next')).toBe('API_KEY=[masked] next')
  const nested = JSON.stringify({ text: JSON.stringify({ api_key: 'correct horse', a: 1 }) })
  expect(JSON.parse(JSON.parse(redactStrictly(nested)).text)).toEqual({ api_key: '[masked]', a: 1 })
  expect(
    redactValue({ api_key: 'x', list: ['password=hunter22'], max_tokens: 5, prompt_tokens: '7', nested: { Authorization: 'Bearer x' } }),
  ).toEqual({
    api_key: '[masked]',
    list: ['password=[masked]'],
    max_tokens: 5,
    prompt_tokens: '7',
    nested: { Authorization: '[masked]' },
  })
})

test('headers keep their names and lose their credentials', () => {
  const headers = {
    authorization: 'Bearer x',
    'X-Api-Key': 'x',
    'x-goog-api-key': 'x',
    cookie: 'a=b',
    'x-amz-security-token': 'x',
    accept: '*/*',
    'x-capability': 'chat',
  }
  expect(redactHeaders(headers)).toEqual({
    authorization: '[masked]',
    'X-Api-Key': '[masked]',
    'x-goog-api-key': '[masked]',
    cookie: '[masked]',
    'x-amz-security-token': '[masked]',
    accept: '*/*',
    'x-capability': 'chat',
  })
})

/** CORS names one origin and grants nothing that was not asked for. */
import { expect, it } from 'vitest'
import { corsHeaders, preflightHeaders } from '../../../router/http/cors.ts'

it('never allows every origin, credentials or a private network', () => {
  for (const headers of [corsHeaders('https://app.example'), preflightHeaders('https://app.example', ['POST'], 'content-type')]) {
    expect(headers['access-control-allow-origin']).toBe('https://app.example')
    expect(headers['vary']).toMatch(/^Origin\b/)
    expect(Object.keys(headers)).not.toContain('access-control-allow-credentials')
    expect(Object.keys(headers)).not.toContain('access-control-allow-private-network')
    expect(Object.values(headers)).not.toContain('*')
  }
})

it('repeats only header names in the reply to a preflight', () => {
  const allowed = (asked: string | undefined) => preflightHeaders('https://app.example', ['POST'], asked)['access-control-allow-headers']
  expect(allowed('authorization, x-stainless-os')).toBe('authorization, x-stainless-os')
  for (const odd of [undefined, '', 'x: y', 'a\r\nset-cookie: b', '*', 'x'.repeat(5_000)]) expect(allowed(odd)).toBeUndefined()
})

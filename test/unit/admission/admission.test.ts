/** Who calls, and the gates: pure rules on values. */
import { describe, expect, it } from 'vitest'
import { admit, identify } from '../../../router/admission/index.ts'
import { toolName } from '../../../router/admission/tool-name.ts'
import type { AdmissionSituation } from '../../../router/core/gate.ts'
import type { RequestFacts } from '../../../router/core/plan.ts'

const situation = (more: Partial<AdmissionSituation> = {}): AdmissionSituation => ({
  paused: false,
  requireKey: false,
  findKey: (token) => (token === 'hg-good' || token === 'good' ? { id: 'key_1', name: 'zed' } : null),
  ...more,
})

const refusal = (run: () => unknown): Record<string, unknown> => {
  try {
    run()
  } catch (error) {
    const { status, code, details } = error as { status: number; code: string; details: Record<string, unknown> }
    return { status, code, ...details }
  }
  throw new Error('nothing was refused')
}

describe('who calls', () => {
  it.each([
    [null, false, null],
    ['anything', false, null],
    ['hg-good', false, 'key_1'],
    ['hg-good', true, 'key_1'],
    ['HG-good', false, null],
  ] as const)('%j with require_key %j is %j', (token, requireKey, id) => {
    expect(identify(token, situation({ requireKey }))?.id ?? null).toBe(id)
  })

  it.each([
    [null, true, 'missing_api_key'],
    ['anything', true, 'invalid_api_key'],
    ['hg-bad', true, 'invalid_api_key'],
    ['hg-bad', false, 'invalid_api_key'],
    [`hg-${'x'.repeat(1_000)}`, false, 'invalid_api_key'],
  ] as const)('%j with require_key %j is refused with %s', (token, requireKey, code) => {
    const refused = refusal(() => identify(token, situation({ requireKey })))
    expect(refused).toMatchObject({ status: 401, code, headers: { 'www-authenticate': 'Bearer' } })
  })

  it('d47: an overlong key is not even looked up', () => {
    const findKey = () => {
      throw new Error('looked up')
    }
    expect(refusal(() => identify(`hg-${'x'.repeat(1_000)}`, situation({ findKey })))).toMatchObject({ status: 401 })
  })

  it('d52: keys that cannot be looked up are 503 and never 401', () => {
    const findKey = () => {
      throw new Error('database disk image is malformed')
    }
    const refused = refusal(() => identify('hg-good', situation({ findKey })))
    expect(refused).toMatchObject({ status: 503, code: 'auth_backend_unavailable', retryAfterMs: 2_000 })
    expect(identify('anything', situation({ findKey }))).toBeNull()
  })
})

describe('the gates', () => {
  const request = { facts: {} as RequestFacts, token: null, userAgent: null, caller: { keyId: null, tool: 'unknown' } }

  it('let a request pass as it is', () => {
    expect(admit(request, situation())).toBe(request)
  })

  it('refuse everything while paused, and say how to go on', () => {
    expect(refusal(() => admit(request, situation({ paused: true })))).toMatchObject({
      status: 503,
      code: 'paused_by_user',
      reason: 'paused',
      howToFix: expect.stringContaining('Resume'),
    })
  })
})

describe('the name of a tool', () => {
  it.each([
    [null, 'unknown'],
    ['', 'unknown'],
    ['claude-cli/2.1 (external)', 'Claude Code'],
    ['curl/8.5.0', 'curl'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36', 'Browser'],
    ['OpenAI/JS 5.0', 'OpenAI SDK'],
    ['something-new/1.0', 'something-new'],
  ])('of %j is %j', (userAgent, name) => {
    expect(toolName(userAgent)).toBe(name)
  })

  it('is at most 40 printable characters', () => {
    expect(toolName('x'.repeat(500)).length).toBeLessThanOrEqual(40)
    expect(toolName('a\u001b[31m\nb')).toMatch(/^[\x20-\x7e]+$/)
  })
})

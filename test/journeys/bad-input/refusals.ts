/** What every refusal has in common: the one error shape, its id, its type, and that nothing reached a provider. */
import { expect } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../../fakes/fake-upstream.ts'
import type { RawReply } from '../http/raw-connection.ts'
import { startRouter, type TestRouter, type TestRouterOptions } from '../with-router.ts'

export interface Stage {
  readonly test: TestRouter
  readonly fake: FakeUpstream
  readonly port: number
  stop(): Promise<void>
}

export const providerKey = 'sk-provider-secret-4711'

/** A router with a provider that would answer `m` (what is refused must not get there), and three models that fail in three ways. */
export async function startStage(options: TestRouterOptions = {}): Promise<Stage> {
  const fake = await startFakeUpstream()
  const test = await startRouter({
    ...options,
    environment: { FAR_KEY: providerKey, ...options.environment },
    files: {
      'models.yaml': `providers:
  - {name: far, base_url: "${fake.url}", api_key: "\${FAR_KEY}"}
  - {name: nobody, base_url: "http://127.0.0.1:1/v1"}
models:
  - {name: m, deployments: [{provider: far, model: fb-ok, lane: remote}]}
  - {name: meta-llama/Llama-3.3-70B-Instruct, deployments: [{provider: far, model: fb-ok, lane: remote}]}
  - {name: failing, deployments: [{provider: far, model: fb-500, lane: remote}]}
  - {name: hanging, deployments: [{provider: far, model: fb-hang, lane: remote, timeout: 0.3}]}
  - {name: unreachable, deployments: [{provider: nobody, model: x, lane: remote}]}
`,
      ...options.files,
    },
  })
  expect(test.router.configProblem()).toBeNull()
  return {
    test,
    fake,
    port: test.router.port,
    async stop() {
      await test.stop()
      await fake.close()
    },
  }
}

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly param?: string | null
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  408: 'timeout_error',
  429: 'rate_limit_error',
  502: 'server_error',
  503: 'service_unavailable_error',
  504: 'timeout_error',
}

/** Checks the whole body of an error, whatever answered it. */
export function expectRefusal(reply: RawReply, { status, code, param = null }: Refusal): void {
  expect({ status: reply.status, body: reply.body }).toEqual({ status, body: expect.stringContaining('"error"') })
  expect(reply.headers['content-type']).toBe('application/json')
  const body = reply.json()
  expect(Object.keys(body).toSorted()).toEqual(['error', 'headgate'])
  expect(body.error).toEqual({ message: expect.any(String), type: types[status] ?? 'invalid_request_error', param, code })
  expect(body.error.message.length).toBeGreaterThan(5)
  expect(body.error.message.length).toBeLessThanOrEqual(1024)
  expect(body.error.message).not.toMatch(/\n\s+at |node_modules|\.ts:\d/)
  expect(body.headgate.request_id).toMatch(/^req_[0-9a-z]{20}$/)
  expect(reply.headers['x-headgate-request-id']).toBe(body.headgate.request_id)
}

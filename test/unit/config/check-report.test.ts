import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkReport } from '../../../router/config/index.ts'
import { fixtures, load, loadFolder } from './configuration-files.ts'

test('the report shows each value with its source, what is off and why, and the warnings', async () => {
  const report = checkReport(await loadFolder(join(fixtures, 'seed-000')))
  expect(report).toMatch(/^Files: models\.yaml, routing\.yaml$/m)
  expect(report).toMatch(/^split\.remote_share +0\.4 +# routing\.yaml:3$/m)
  expect(report).toMatch(/^split\.fallback +true +# default$/m)
  expect(report).toMatch(/^ +llama-4-scout\/localhost:8000 +local +http:\/\/localhost:8000\/v1 +# routing\.yaml:12$/m)
  expect(report).toMatch(/^ +llama-3\.3-70b-instruct\/LLAMA_BASE_URL +remote +no address +OFF: LLAMA_BASE_URL is not set +# routing\.yaml:16$/m)
  expect(report).toMatch(/^ {2}openai +OPENAI_API_KEY is not set +# built-in$/m)
  const warned = checkReport(await loadFolder(join(fixtures, 'seed-003')))
  expect(warned).toMatch(/^ {2}litellm-unified\.yaml:17: known, not in force yet: router_settings\.redis_host$/m)
})

test('a deployment that is called local and leaves the machine says so', async () => {
  const report = checkReport(await load({ 'm.yaml': 'models:\n  - {name: m, deployments: [{provider: openai, lane: local}]}\n' }))
  expect(report).toMatch(/m\/openai +local \(leaves this machine\)/)
})

test('control characters of a file do not reach the terminal', async () => {
  const report = checkReport(await load({ 'm.yaml': 'host_names: ["\\e[31m\\u202e"]\n' }))
  expect(report).toContain('\\u001b[31m\\u202e')
  expect(report).not.toMatch(/[\u001b\u202e]/)
})

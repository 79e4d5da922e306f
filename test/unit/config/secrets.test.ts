// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configuration files write variables so
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { ConfigurationError, checkReport } from '../../../router/config/index.ts'
import { Secret } from '../../../router/core/secret.ts'
import { deploymentOf, folderWith, load, loadFolder, settingOf } from './configuration-files.ts'

const secret = 'sk-very-secret'

test('a credential reaches the catalog and nothing that is printed', async () => {
  const catalog = await load(
    {
      'm.yaml': `providers:\n  - {name: a, base_url: http://a, api_key: ${secret}-1}\n  - {name: b, base_url: http://b, api_key: "\${KEY}"}\n  - name: openai\nmodels:\n  - {name: m, deployments: [{provider: a}, {provider: b}]}\n`,
      'r.yaml': `remote_deployment:\n  - {endpoint: http://c, models: [m], api_key: ${secret}-3}\n`,
      '.env': `KEY=${secret}-2\n`,
    },
    {
      environment: { OPENAI_API_KEY: `${secret}-4` },
      rows: {
        providers: [{ name: 'd', entry: { base_url: 'http://d' } }],
        credentials: new Map([['d', { origin: 'http://d', secret: new Secret(`${secret}-5`) }]]),
      },
    },
  )
  const revealed = ['m/a', 'm/b', 'm/c:80'].map((name) => deploymentOf(catalog, name).endpoint?.credential?.reveal())
  expect(revealed).toEqual([`${secret}-1`, `${secret}-2`, `${secret}-3`])
  expect(catalog.providers.get('openai')?.endpoint?.credential?.reveal()).toBe(`${secret}-4`)
  expect(catalog.providers.get('d')?.endpoint?.credential?.reveal()).toBe(`${secret}-5`)
  const printed = [
    JSON.stringify(catalog),
    JSON.stringify([...catalog.providers]),
    JSON.stringify([...catalog.modelsByName]),
    inspect(catalog, { depth: null, showHidden: true, maxArrayLength: null }),
    checkReport(catalog),
  ]
  for (const text of printed) expect(text).not.toContain(secret)
  expect(printed[3]).toContain('[secret]')
  expect(JSON.stringify(settingOf(catalog, 'providers.b.api_key'))).toBe('{"value":"[secret]","source":"m.yaml:3"}')
  expect(settingOf(catalog, 'providers.openai.api_key').source).toBe('OPENAI_API_KEY')
})

test.each([
  `providers:\n  - {name: a, base_url: "http://u:${secret}@a"}\n`,
  `providers:\n  - {name: a, base_url: "http://a?key=${secret}"}\n`,
  `providers:\n  - {name: a, base_url: http://a, api_key: [${secret}]}\n`,
  `providers:\n  - {name: a, base_url: http://a, api_key: {v: ${secret}}}\n`,
  `providers:\n  - {name: a, base_url: http://a, api_key: "${secret}\n`,
  `providers:\n  - {name: a, base_url: http://a, api_key: ${secret}: x}\n`,
  `providers:\n  - {name: a, base_url: http://a, max_in_flight: ${secret}}\n`,
  `providers:\n  - {name: a, base_url: http://a, api_key: "${secret} \${BROKEN"}\n`,
  `require_key: ${secret}\n`,
])('a refusal does not quote what may be a credential: %j', async (text) => {
  const folder = await folderWith({ 'm.yaml': text })
  const error: unknown = await loadFolder(folder).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ConfigurationError)
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain(secret)
})

/**
 * What a decision costs: names that were asked before (memoised) and names that nobody asked before (cold), with 10 and 1 000 models and no or
 * 1 000 patterns, of a configuration that is loaded as the router loads it. Run with `npm run bench:policy`. Exits with 1 when a median is above what is wanted.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfigurationParts, loadConfiguration, noStoredEntries } from '../router/config/index.ts'
import type { Catalog } from '../router/core/catalog.ts'
import type { RequestFacts, Situation } from '../router/core/plan.ts'
import { decide } from '../router/policy/index.ts'
import { median, printMachine, quantile } from './measure.ts'

const WANTED_US = { memoised: 20, cold: 200 } as const
const ROUNDS = 5_000

/** `models` models at two local and one remote server; `patterns` patterns of the three usual forms. */
function configuration(models: number, patterns: number): string {
  const lines = [
    'providers:',
    '  - {name: a, kind: vllm, base_url: "http://127.0.0.1:9001/v1"}',
    '  - {name: b, kind: vllm, base_url: "http://127.0.0.1:9002/v1"}',
  ]
  lines.push('  - {name: c, base_url: "https://away.example/v1"}', 'models:')
  for (let i = 0; i < models; i++) lines.push(`  - {name: model-${i}, deployments: [{provider: a}, {provider: b}, {provider: c}]}`)
  if (patterns > 0) lines.push('patterns:')
  for (let i = 0; i < patterns; i++) {
    const pattern = [`^org${i}/.*`, `.*:v${i}[bB]$`, `.*\\\\.ext${i}$`][i % 3] as string
    lines.push(`  - {pattern: "${pattern}", provider: a, fallback: b}`)
  }
  return `${lines.join('\n')}\n`
}

async function catalogOf(models: number, patterns: number): Promise<{ readonly catalog: Catalog; readonly loadMs: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-bench-'))
  try {
    writeFileSync(join(folder, 'models.yaml'), configuration(models, patterns))
    const parts: ConfigurationParts = { folder, environment: {}, dataFolder: folder, rows: noStoredEntries, localModels: [], version: 1 }
    const from = performance.now()
    return { catalog: await loadConfiguration(parts), loadMs: performance.now() - from }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const plain: RequestFacts = {
  model: null,
  stream: true,
  promptTokens: 800,
  maxOutputTokens: null,
  needs: { tools: false, vision: false, json: false, embeddings: false, many: false },
  inToolLoop: false,
  startsSession: true,
  session: { id: 's', fromHeader: false },
  askedLane: null,
  askedProvider: null,
  noFallback: false,
  capability: null,
  answers: 1,
  prompt: null,
  headers: {},
}

function situationOf(catalog: Catalog): Situation {
  return {
    split: catalog.split,
    key: null,
    splitVersion: 1,
    deployments: new Map(),
    hold: null,
    deficits: new Map(),
    turns: new Map(),
    laneChance: 0.4,
    strategyChance: 0.6,
    calendar: { hour: 12, weekday: 3 },
  }
}

/** µs of each decision, after a warm-up. `nameOf` is asked with a number that never comes again. */
function measure(catalog: Catalog, nameOf: (n: number) => string, rounds = ROUNDS): number[] {
  const situation = situationOf(catalog)
  const times: number[] = []
  for (let i = 0; i < rounds * 2; i++) {
    const facts = { ...plain, model: nameOf(i) }
    const from = performance.now()
    decide({ facts, catalog, situation })
    if (i >= rounds) times.push((performance.now() - from) * 1000)
  }
  return times
}

type Run = readonly [what: string, kind: keyof typeof WANTED_US, nameOf: (n: number) => string]

printMachine()
let isMissed = false
const medians = new Map<string, number>()
for (const [models, patterns] of [
  [10, 0],
  [1_000, 0],
  [10, 1_000],
  [1_000, 1_000],
] as const) {
  const { catalog, loadMs } = await catalogOf(models, patterns)
  console.log(`\n${models} models, ${patterns} patterns (loaded in ${Math.round(loadMs)} ms)`)
  const last = patterns - 1 - ((patterns - 1) % 3)
  const runs: Run[] = [['a listed model', 'memoised', (n) => `model-${n % models}`]]
  if (patterns > 0)
    runs.push(
      ['the first pattern, the same names again', 'memoised', (n) => `org0/model-${n % 100}`],
      ['the last pattern, the same names again', 'memoised', (n) => `org${last}/model-${n % 100}`],
      ['the first pattern, names never asked before', 'cold', (n) => `org0/new-${n}-of-${models}`],
      ['the last pattern, names never asked before', 'cold', (n) => `org${last}/newer-${n}-of-${models}`],
    )
  for (const [what, kind, nameOf] of runs) {
    const times = measure(catalog, nameOf)
    const middle = median(times)
    medians.set(`${models}/${patterns}/${what}`, middle)
    const isMet = middle < WANTED_US[kind]
    if (!isMet) isMissed = true
    console.log(
      `${isMet ? 'ok    ' : 'MISSED'} ${what.padEnd(45)} median ${middle.toFixed(1)} µs, p99 ${quantile(times, 0.99).toFixed(1)} µs (${kind}, wanted < ${WANTED_US[kind]} µs)`,
    )
  }
}
const grown = (medians.get('1000/1000/a listed model') ?? 0) / (medians.get('10/0/a listed model') ?? 1)
console.log(`\nA listed model with 100 times the models and 1 000 patterns: ${grown.toFixed(2)} times the time.`)
process.exitCode = isMissed ? 1 : 0

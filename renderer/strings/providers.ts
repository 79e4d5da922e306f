/** The page Providers. */
import type { ProviderTest, ProviderView } from '../api/providers.ts'
import { clockTime, count, latency, percent, plural, usd } from '../words/figures.ts'
import { contextText } from './models.ts'

type KeyState = ProviderView['key']['state']

const inTime = (ms: number): string => {
  const seconds = Math.max(1, Math.round(ms / 1000))
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

export const providers = {
  title: 'Providers',
  fact: (all: number, remote: number) =>
    all === 0 ? '' : remote === all ? `${count(all)} remote` : `${count(remote)} remote, ${count(all - remote)} on this Mac`,
  stored: { keychain: 'Keys are stored in the Keychain.', file: 'Keys are stored in a file that only you can read.' },
  add: 'Add a provider',
  list: 'Providers',
  columns: { provider: 'Provider', key: 'Key', models: 'Models', firstOutput: 'First output', failures: 'Failures, 24 h', spend: 'Spend' },
  more: (name: string) => `More for ${name}`,
  open: (name: string) => `${name}, details`,
  notLoaded: 'The providers could not be loaded.',

  emptyTitle: 'No provider yet',
  emptyText: 'A provider answers what this Mac cannot. Paste a key, test it, and the models are there; nothing is sent before a request needs it.',

  keyStates: { none: 'none', unknown: 'not tried yet', accepted: 'accepted', rejected: 'rejected', 'no-credit': 'no credit' } satisfies Record<
    KeyState,
    string
  >,
  keyNone: 'no key',
  keyMissing: 'missing',
  keyHint: (hint: string | null, source: string | null) =>
    [hint === null ? null : `…${hint}`, source === null || source === 'panel' ? null : `from ${source}`].filter(Boolean).join(', '),
  models: (all: number) => (all === 0 ? 'none' : plural(all, 'model')),
  default: (model: string) => model,
  firstOutput: { half: 'half within', most: '95 % within' },
  p50: (ms: number) => latency(ms),
  p95: (ms: number | null, samples: number) => (ms === null ? (samples === 0 ? '' : `of ${plural(samples, 'stream')}`) : `95 % in ${latency(ms)}`),
  failures: (failed: number, attempts: number) =>
    attempts === 0 ? '–' : failed === 0 ? `none of ${count(attempts)}` : `${count(failed)} of ${count(attempts)}`,
  interval: (low: number, high: number) => `${low < 0.005 ? '0' : Math.round(low * 100)}–${percent(high * 100)}`,
  intervalWords: (low: number, high: number) =>
    `With 95 % confidence between ${percent(low * 100)} and ${percent(high * 100)} of the requests fail there.`,
  noRequests: 'no request yet',
  spendToday: (value: number | null, requests: number) => (value === null ? (requests === 0 ? '$0' : '–') : usd(value)),
  spendMonth: (value: number | null) => (value === null ? 'no price known' : `${usd(value)} this month`),
  spendNothing: 'nothing spent',
  free: 'free',
  today: 'today',
  wholeAnswers: 'whole answer',
  offInPanel: 'switched off in the panel',
  ready: (label: string, variable: string) => `${variable} is set: ${label} can be asked by name, as in model@provider.`,
  addReady: (label: string) => `Add ${label}, so that auto uses it…`,
  requestsToday: (requests: number) => plural(requests, 'request'),
  setBy: (source: string) => `set by ${source.replace(/:\d+$/, '')}`,

  notes: {
    out: (detail: string | null, next: number | null) =>
      `${(detail ?? 'out').replace(next === null ? '' : /, next trial in [^,]+/, '')}${next === null ? '' : `, next look in ${inTime(next)}`}`,
    rejected: (name: string, since: string | null) => `${name} rejects the key${since === null ? '' : ` since ${clockTime(since, Date.now())}`}.`,
    noCredit: (name: string, since: string | null) => `${name} has no credit left${since === null ? '' : ` since ${clockTime(since, Date.now())}`}.`,
    unset: (variable: string) => `${variable} is not set.`,
    pasteKey: 'Paste a key…',
    replaceKey: 'Replace key…',
    off: (why: string) => `${why.charAt(0).toUpperCase()}${why.slice(1)}.`,
    switchOn: 'Switch on',
    limited: (next: number | null) => (next === null ? 'Rate-limited.' : `Rate-limited, back in ${inTime(next)}.`),
    unused: 'No model uses it yet.',
    addModel: 'Add a model…',
    lastError: (at: string | null) => `Last failure${at === null ? '' : `, ${clockTime(at, Date.now())}`}`,
  },
  said: (words: string) => `“${words}”`,

  menu: {
    test: 'Test',
    edit: 'Details…',
    replaceKey: 'Replace key…',
    addKey: 'Add a key…',
    off: 'Switch off',
    on: 'Switch on',
    models: 'Show its models',
    activity: 'Show its requests',
  },
  switchedOff: (name: string) => `${name} is switched off. Its running requests finish.`,
  switchedOn: (name: string) => `${name} is switched on.`,
  saved: (name: string) => `${name} is changed.`,
  removed: (name: string) => `${name} is removed.`,
  added: (name: string) => `${name} is added.`,
  keyReplaced: (name: string) => `The key of ${name} is replaced.`,

  test: {
    label: 'Test',
    running: 'Testing…',
    again: 'Test again',
    inMs: (ms: number) => `in ${latency(ms)}`,
    paid: 'Ask for one token',
    paidHint: 'A look at the model list costs nothing. One token is billed.',
    answered: (model: string, ms: number) => `${model} answered one token in ${latency(ms)}.`,
    notAnswered: (model: string, why: string) => `${model} did not answer: ${why}.`,
    locked: 'Local Only is on.',
    outcome: (test: ProviderTest) => test.message,
  },

  form: {
    addTitle: 'Add a provider',
    addKind: (label: string) => `Add ${label}`,
    kind: 'Kind',
    searchKinds: 'Search, e.g. OpenRouter or vLLM',
    kinds: 'Kinds of providers',
    noKind:
      'No kind of that name. Any server that speaks OpenAI’s Chat Completions can be added as an OpenAI-compatible server. Anthropic’s and Gemini’s own APIs come later; OpenRouter has their models today.',
    remote: 'Remote',
    near: 'On this Mac or in your network',
    custom: 'any address',
    back: 'Other kind',
    name: 'Name',
    nameHint: 'As it shows in Activity, and in model@name.',
    address: 'Address',
    addressHint: 'The base URL of its API; most end in /v1.',
    key: 'API key',
    keyOptional: 'API key, if it wants one',
    keySet: (variable: string) => `${variable} is set: leave this empty to use it.`,
    keyStored: {
      keychain: 'Stored in the Keychain, sent to this address only.',
      file: 'Stored in a file that only you can read, sent to this address only.',
    },
    getKey: (label: string) => `Get a key from ${label}`,
    defaultModel: 'Default model',
    defaultModelHint: 'What auto asks this provider for.',
    noDefault: 'Without one auto does not use this provider.',
    typeModel: 'Its name at the provider',
    searchModels: 'Search its models',
    modelList: 'Its models',
    moreModels: (rest: number) => `${count(rest)} more: type to narrow the list`,
    context: (tokens: number) => `${contextText(tokens)} tokens`,
    price: (input: number, output: number) => `$${input} / $${output} per M`,
    submit: (name: string) => (name === '' ? 'Add' : `Add ${name}`),
    submitting: 'Adding…',
    untested: 'Add without a test',
    save: 'Save',
    saving: 'Saving…',
    region: 'Region',
    priority: 'Order',
    priorityHint: 'Providers of one rank share the work; the next rank is asked when none of them can.',
    priorities: ['First', 'Second', 'Third'],
    maxInFlight: 'Requests at once',
    maxInFlightWrong: 'A number from 1 to 100 000.',
    keyBound: 'If the address moves to another host, the key is removed: it goes to no place that you did not save it for.',
  },

  detail: {
    close: 'Close the details',
    state: 'State',
    measured: (hours: number) => `Last ${hours} hours`,
    total: 'Whole answer',
    failures: 'Failures',
    today: 'Today',
    month: 'This month',
    deployments: 'Where it serves',
    noDeployments: 'No model uses it yet.',
    key: 'Key',
    settings: 'Settings',
    models: 'Its models',
    modelsOf: (all: number) => plural(all, 'model'),
    loadModels: 'Show the list',
    error: 'Last failure',
    inActivity: 'In Activity',
    remove: 'Remove',
    removeLabel: (name: string) => `Remove ${name} and its key`,
    readOnly: (source: string) => `Set by ${source}. Here it can be switched off; everything else is changed in the file.`,
    switchOff: 'Switched on',
    newKey: 'New key',
    saveKey: 'Save the key',
    removeKey: 'Remove the key',
  },
} as const

/** Every sentence of the panel in one place. Short: the thing's own name, what happened, with the number, what to do. Codes become words in `words/reasons.ts`. */
import type { DeploymentState, Lane, PresetName, SplitSetting } from './api/types.ts'
import { percentOf, presetOf } from './state/presets.ts'
import { bytes, clockTime, count, percent, plural } from './words/figures.ts'

const presetLabels: Readonly<Record<PresetName, string>> = {
  'local-only': 'Local Only',
  'prefer-local': 'Prefer Local',
  balanced: 'Balanced',
  'prefer-remote': 'Prefer Remote',
  'remote-only': 'Remote Only',
  custom: 'Custom',
}

const laneLabels: Readonly<Record<Lane, string>> = { local: 'Local', remote: 'Remote' }

/** Prefer Local, or Custom, 30 % remote. */
const settingInWords = (setting: SplitSetting): string => {
  const preset = presetOf(setting)
  if (preset !== 'custom') return presetLabels[preset]
  const lock = setting.lock === null ? '' : setting.lock === 'local' ? ', locked to this Mac' : ', locked to remote'
  return `Custom, ${percent(percentOf(setting.remote_share))} remote${lock}`
}

/** The panel's own echoes never get here: `panel` is another window, or the command line. */
const changedBy = (by: string | null): string => (by === 'tray' ? 'in the tray' : by === 'command line' ? 'on the command line' : 'elsewhere')

export const strings = {
  product: 'Headgate',
  presetLabels,
  laneLabels,

  shell: {
    pages: 'Pages',
    overview: 'Overview',
    running: 'Running',
    paused: 'Paused',
    notReached: 'Not reached',
    cpuOnly: 'CPU',
    nothingSent: '0 B sent to providers today',
    copyUrl: 'Copy base URL',
    copied: 'Copied',
    skip: 'Skip to the page',
  },

  login: {
    title: 'Sign in to Headgate',
    how: 'Headgate prints a sign-in link when it starts, and the menu-bar app opens this page signed in. Or paste the admin token.',
    label: 'Admin token',
    where: 'It is the content of the file admin-token in the data folder.',
    submit: 'Sign in',
    signingIn: 'Signing in…',
    codeUsed: 'This sign-in link was used already or has expired. “headgate status” prints a new one; the admin token works too.',
    tokenRefused: 'Headgate does not accept this token.',
    ended: 'This session has ended: Headgate was started again or the token was revoked.',
  },

  connection: {
    reconnecting: (seenAt: number | null, now: number) => `Reconnecting.${seenAt === null ? '' : ` What you see is from ${clockTime(seenAt, now)}.`}`,
    gone: (address: string, seenAt: number | null, now: number) =>
      `Headgate does not answer at ${address}.${seenAt === null ? '' : ` What you see is from ${clockTime(seenAt, now)}.`}`,
    tryNow: 'Try now',
    back: 'Connected again.',
    noAnswer: 'Headgate does not answer.',
    noRouter: (address: string) => `Headgate does not answer at ${address}`,
    noRouterHow:
      'It is not running, or another program has this port. Start it with “npm start” or from the menu bar; this page goes on by itself then.',
    retry: 'Retry',
    loading: 'Loading',
  },

  split: {
    title: 'Where requests go',
    perSession: 'decided once for each new session',
    perRequest: 'decided for each request',
    applied: 'applied on release, Esc cancels',
    typed: 'Return applies, Esc cancels',
    presets: 'Presets',
    hints: {
      'local-only': 'refuse what cannot run here',
      'prefer-local': 'remote only when needed',
      balanced: 'half of new sessions',
      'prefer-remote': 'local when remote cannot',
      'remote-only': 'no local model is loaded',
    } satisfies Record<Exclude<PresetName, 'custom'>, string>,
    locks: 'locks',
    slider: 'Remote share',
    numberField: 'Percent remote',
    percentRemote: '% remote',
    thisMac: 'this Mac',
    providers: (names: number) => (names === 0 ? 'no provider' : plural(names, 'provider')),
    now: (value: number) => `now ${value}`,
    kept: (value: number) => `kept at ${value}`,
    returnsTo: (value: number) => `returns to ${value}`,
    actual: (value: number) => `actual ${value}`,
    hundred: '100 % remote',
    fallback: 'Fallback',
    fallbackHint: 'the other lane may answer when the drawn one cannot',
    fallbackOff: 'what the drawn lane cannot answer is refused',
    fallbackLocked: 'off while locked',
    lock: 'Lock',
    lockNone: 'None',
    lockedTo: { local: 'Locked to this Mac', remote: 'Locked to remote' } satisfies Record<Lane, string>,
    lockedLocalNote: (sentToday: number) => ({
      strong: sentToday === 0 ? '0 B sent to providers today.' : `${bytes(sentToday)} sent to providers today, before the lock.`,
      rest: 'What cannot be answered here is refused with the reason.',
    }),
    lockedRemoteNote: {
      strong: 'This Mac answers nothing.',
      rest: 'Loaded models unload after their work. What no provider can answer is refused with the reason.',
    },
    laneMissing: { local: 'No local model yet', remote: 'No provider yet' } satisfies Record<Lane, string>,
    laneMissingNote: (missing: Lane, setting: SplitSetting) =>
      missing === 'local'
        ? { strong: 'Everything goes remote until a local model is here.', rest: `${settingInWords(setting)} is kept and starts then.` }
        : { strong: 'Everything stays on this Mac until a provider is named.', rest: `${settingInWords(setting)} is kept and starts then.` },
    reset: (source: string, remoteShare: number) =>
      `Reset to ${source.startsWith('default') ? 'default' : source.replace(/:\d+$/, '')} (${percent(percentOf(remoteShare))} remote)`,
    setBy: (source: string) => (source.startsWith('default') ? null : `set by ${source}`),
    endQuestion: {
      local: {
        title: 'Lock to this Mac, or prefer it?',
        text: 'Prefer still sends what cannot run here.',
        prefer: 'Prefer this Mac',
        lock: 'Lock to this Mac',
      },
      remote: {
        title: 'Lock to remote, or prefer it?',
        text: 'Prefer still runs here what remote cannot.',
        prefer: 'Prefer remote',
        lock: 'Lock to remote',
      },
    } satisfies Record<Lane, Record<string, string>>,
    changed: (next: SplitSetting) => `${settingInWords(next)}. In force from the next request.`,
    changedElsewhere: (next: SplitSetting, by: string | null) => `Changed ${changedBy(by)}: ${settingInWords(next)}.`,
    undo: 'Undo',
    dismiss: 'Dismiss',
    notChanged: (why: string) => `Not changed: ${why}`,
    pill: (setting: SplitSetting) => {
      const preset = presetOf(setting)
      return preset === 'custom' ? `Custom · ${percent(percentOf(setting.remote_share))} remote` : presetLabels[preset]
    },
    pillLabel: (setting: SplitSetting) => `Split: ${settingInWords(setting)}`,
    /** The slider's value, from the same words as its labels. */
    valueText: (percentRemote: number, setting: SplitSetting) => {
      const preset = presetOf({ ...setting, remote_share: percentRemote / 100 })
      return `${percentRemote} percent remote, ${presetLabels[preset].toLowerCase()}, fallback ${setting.fallback ? 'on' : 'off'}`
    },
    announced: (setting: SplitSetting) =>
      setting.lock === null
        ? `${strings.split.valueText(percentOf(setting.remote_share), setting)}. In force from the next request.`
        : `${strings.split.lockedTo[setting.lock]}.`,
    setAndActual: (set: number, actual: number, sessions: number) =>
      `Set ${set} percent remote, actual ${actual} percent of the last ${plural(sessions, 'session')}.`,
    drawnEarlier: (sessions: number | null) => (sessions === null ? 'drawn at an earlier setting' : `${count(sessions)} drawn at an earlier setting`),
    more: (difference: number) => `${count(difference)} more than set`,
  },

  lanes: {
    label: { local: 'Local lane', remote: 'Remote lane' } satisfies Record<Lane, string>,
    ofSessions: (sessions: number, set: number) => `of ${plural(sessions, 'session')}, set ${set}`,
    noSessions: 'sessions yet',
    requestsToday: 'requests today',
    tokensToday: 'tokens today',
    tokensPerSecond: 'tok/s',
    spent: (sent: number) => `spent, ${bytes(sent)} sent`,
    noPrice: (sent: number) => `no price known, ${bytes(sent)} sent`,
    perMinute: 'requests/min, last hour',
    sameScale: 'same scale',
    now: (value: number) => `${value} now`,
    chart: (lane: Lane, total: number, most: number) =>
      `${laneLabels[lane]} requests per minute over the last hour: ${plural(total, 'request')}, at most ${count(most)} in one minute.`,
    deployments: { local: 'Local deployments', remote: 'Remote deployments' } satisfies Record<Lane, string>,
    noLocal: 'No local model yet. Name a GGUF file or a local server in models.yaml; it is used without a restart.',
    noRemote: 'No provider yet. Name one in models.yaml; it is used without a restart.',
    showMore: (rest: number) => `Show ${count(rest)} more`,
    showFewer: 'Show fewer',
    states: {
      healthy: 'healthy',
      out: 'out',
      'on-trial': 'on trial',
      ramping: 'coming back',
      limited: 'limited',
      disabled: 'switched off',
      'not-loaded': 'not loaded',
      loading: 'loading',
      unknown: 'no request yet',
    } satisfies Record<DeploymentState, string>,
    loaded: 'loaded',
    answering: (inFlight: number) => `answering ${count(inFlight)}`,
    verySmall: 'very small, for a first try',
    download: (name: string) => `Getting ${name}`,
    starter: 'the starter model',
    downloadProgress: (received: number, total: number) => (total > 0 ? `${bytes(received)} of ${bytes(total)}` : bytes(received)),
    downloadSteps: { checking: 'looking for it', verifying: 'verifying' },
    downloadFailed: (name: string) => `${name} could not be downloaded.`,
  },

  requests: {
    title: 'Last requests',
    columns: {
      time: 'Time',
      tool: 'Tool',
      deployment: 'Deployment',
      why: 'Why there',
      firstOutput: 'First output',
      total: 'Total',
      tokens: 'Tokens',
      cost: 'Cost',
    },
    waiting: 'waiting',
    streaming: 'streaming',
    inFlight: 'being decided',
    none: '–',
    rowLabel: (time: string, tool: string, what: string, lane: Lane | null) => `${time}, ${tool}, ${what}${lane ? `, ${lane}` : ''}`,
    emptyTitle: 'Waiting for the first request…',
    emptyText: 'Point any OpenAI client at this address.',
    copy: 'Copy the command',
    test: 'Send a test request',
    testing: 'Asking…',
    testPrompt: 'Say hello in one short sentence.',
    testFailed: 'The test request failed.',
    testAnswered: 'The test request was answered.',
    failedStatus: (status: number) => `failed with status ${status}`,
  },

  problems: {
    error: 'Problem',
    warn: 'Notice',
    paused: 'All requests are paused.',
    pausedHow: 'Tools are told so, with status 503, until they are resumed.',
    resume: 'Resume',
    resumed: 'Requests are answered again.',
  },

  inspector: {
    label: 'Request',
    close: 'Close',
    answered: 'Answered',
    answeredOnTry: (tries: number) => `Answered on try ${tries}`,
    failed: (status: number) => `Failed, ${status}`,
    aborted: 'Caller went away',
    running: 'Running',
    via: (tool: string, when: string) => `${tool}, ${when}, `,
    today: 'today',
    facts: { firstOutput: 'First output', total: 'Total', tokens: 'Tokens in / out', cached: 'cached', speed: 'Speed', cost: 'Cost' },
    speed: (perSecond: number) => `${perSecond < 10 ? perSecond.toFixed(1) : count(perSecond)} tok/s`,
    timeline: 'Timeline',
    legend: { queue: 'queue', wait: 'wait', firstOutput: 'first output', stream: 'stream', failed: 'failed', reply: 'reply' },
    failedAfter: (words: string, after: string) => `${words} after ${after}`,
    why: 'Why it went there',
    plan: 'Plan',
    leftOut: 'Left out',
    results: { answered: 'answered', failed: 'failed', aborted: 'stopped', unused: 'not needed', untried: 'not tried' },
    inReserve: 'in reserve',
    noPlan: 'No plan was made: the request ended before a deployment was looked for.',
    notLoaded: 'This request could not be loaded. It may have been cleared.',
    loading: 'Loading the plan…',
    errorTitle: 'What the caller was told',
  },
} as const

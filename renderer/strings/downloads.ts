/** Where local models come from: downloads, the hub, files of this machine, other servers on it. */
import type { Fit } from '../api/downloads.ts'
import { amount, bytes, count, percent, plural } from '../words/figures.ts'

const nbsp = '\u00a0'

export const downloads = {
  title: 'Downloads',
  fact: (free: number) => `${bytes(free)} disk left`,
  notLoaded: 'The downloads could not be loaded.',
  /** 1.2 of 3.1 GB */
  progress: (received: number, total: number) => {
    const [whole, unit] = bytes(total).split(nbsp)
    const [part, partUnit] = bytes(received).split(nbsp)
    return partUnit === unit ? `${part} of ${whole}${nbsp}${unit}` : `${part}${nbsp}${partUnit} of ${whole}${nbsp}${unit}`
  },
  states: {
    checking: 'Looking for it',
    queued: 'Waits for its turn',
    downloading: '',
    waiting: 'Waiting',
    verifying: 'Verifying',
    paused: 'Paused',
    ready: 'Ready',
    failed: 'Failed',
    off: 'Not wanted',
  },
  stalled: 'Nothing has come for 15 s',
  stalledHow: 'The connection stands. Headgate connects anew by itself when it stays silent.',
  speed: (perSecond: number) => `${bytes(perSecond)}/s`,
  left: (seconds: number) =>
    seconds < 60
      ? `${count(Math.max(1, seconds))}${nbsp}s left`
      : seconds < 5400
        ? `about ${count(Math.round(seconds / 60))}${nbsp}min left`
        : `about ${count(Math.round(seconds / 3600))}${nbsp}h left`,
  pause: (name: string) => `Pause ${name}`,
  resume: (name: string) => `Resume ${name}`,
  retry: 'Try again',
  cancel: 'Cancel',
  cancelLabel: (name: string, received: number) => `Cancel ${name} and remove ${bytes(received)}`,
  dismiss: (name: string) => `Take ${name} off this list`,
  show: 'Show model',
  bar: (name: string, share: number) => `${name}, ${percent(share)}`,
  failed: (name: string) => `${name} could not be downloaded.`,
  notDone: (name: string, why: string) => `${name}: ${why}`,
  starterNote: 'starter model, very small, for a first try',
  announced: {
    ready: (name: string) => `${name} is downloaded and ready.`,
    failed: (name: string) => `${name} could not be downloaded.`,
  },

  get: {
    title: 'Get a local model',
    room: (memory: number, disk: number) => `${bytes(memory)} for models in memory, ${bytes(disk)} disk left`,
    disk: (disk: number) => `${bytes(disk)} disk left`,
    field: 'Search Hugging Face, or a repository as owner/name',
    placeholder: 'Search Hugging Face, or type owner/name',
    go: 'Search',
    start: 'Good places to start',
    results: (found: number) => plural(found, 'repository', 'repositories'),
    none: (query: string) => `Nothing with GGUF files is called “${query}”.`,
    noneHow: 'Try a shorter word, or the whole name as owner/name.',
    gated: 'gated',
    downloadsOf: (value: number) => `${amount(value)} downloads`,
    back: 'Results',
    open: (repo: string) => `Files of ${repo}`,
    facts: (licence: string | null, parameters: number | null, context: number | null) =>
      [
        parameters === null ? null : `${parametersOf(parameters)} parameters`,
        context === null ? null : `trained for ${count(context)} tokens`,
        licence === null ? 'licence not said' : `licence ${licence}`,
      ]
        .filter((fact) => fact !== null)
        .join(', '),
    files: 'Files',
    columns: { quantization: 'Quantisation', file: 'File', fit: 'On this Mac', size: 'Size', action: 'Get' },
    unknownQuantization: 'not said',
    parts: (parts: number) => `${count(parts)} parts`,
    best: 'largest that fits',
    noFiles: 'This repository has no GGUF files that Headgate can use.',
    getLabel: (file: string, size: number) => `Get ${file}, ${bytes(size)}`,
    starting: 'Asking…',
    inQueue: 'In the list below',
    noDisk: (size: number, free: number) => `Needs ${bytes(size)}, ${bytes(free)} free`,
    starter: (name: string, size: number) => `Get ${name} · ${bytes(size)}`,
    starterText: 'The starter model was taken off. It is very small: for a first try only.',
    notFoundHow: 'Check the spelling: owner/name, as in the address of its page.',
    failedHow: 'Files that are on this Mac already can be added without it.',
    token: {
      label: 'Hub token',
      text: 'With a token of an account that has access, Headgate can get it. It is stored with the other secrets and sent to the hub only.',
      placeholder: 'hf_…',
      store: 'Store and try again',
      stored: 'A hub token is stored.',
      remove: 'Remove it',
    },
  },
  close: 'Close',

  fit: {
    words: { fits: 'Fits', tight: 'Tight', 'too-large': 'Too large' } satisfies Record<Fit['word'], string>,
    label: { fits: 'Fits this Mac', tight: 'Tight on this Mac', 'too-large': 'Too large for this Mac' } satisfies Record<Fit['word'], string>,
    needs: (needs: number, of: number) => `needs ${bytes(needs)} of ${bytes(of)}`,
  },

  files: {
    title: 'Add a file or folder',
    hint: 'GGUF files are used where they lie. Nothing is copied, moved or changed.',
    field: 'Path of a GGUF file, or of a folder with some',
    placeholder: '~/Models, or the path of a .gguf file',
    look: 'Look',
    looking: 'Looking…',
    known: 'On this Mac',
    knownOf: (program: string, files: number) => `${program}, ${plural(files, 'model')}`,
    dropped: (name: string) => `A browser tells only the name of what is dropped (“${name}”), not where it is. Type or paste the path.`,
    found: (files: number, path: string) => `${plural(files, 'model')} in ${path}`,
    none: (path: string) => `No GGUF file in ${path}, three folders deep.`,
    truncated: 'There is more than is shown here: name a folder further in.',
    all: 'All that can be used',
    columns: {
      use: 'Use',
      name: 'Name',
      quantization: 'Quantisation',
      parameters: 'Parameters',
      context: 'Context',
      fit: 'On this Mac',
      size: 'File',
    },
    choose: (name: string) => `Use ${name}`,
    used: (name: string) => `already here as ${name}`,
    add: (files: number) => (files === 0 ? 'Add' : `Add ${plural(files, 'model')}`),
    adding: 'Adding…',
    added: (names: readonly string[]) => `${names.length === 1 ? `${names[0]} was` : `${plural(names.length, 'model')} were`} added.`,
    notAdded: (path: string, why: string) => `${path}: ${why}`,
    failed: 'This cannot be looked at.',
    tokens: (context: number) => `${count(context)}`,
  },

  servers: {
    label: 'Servers found on this Mac',
    offer: (label: string, models: number) => `${label} runs on this Mac with ${plural(models, 'model')}.`,
    empty: (label: string) => `${label} runs on this Mac, without a model yet.`,
    hint: (url: string) => `${url.replace('http://', '')}, used as it is: nothing is sent there until you use it.`,
    use: 'Use',
    useSome: (models: number) => (models === 0 ? 'Use' : `Use ${plural(models, 'model')}`),
    choose: 'Choose…',
    notNow: 'Not now',
    notNowLabel: (label: string) => `Not now: ${label}`,
    using: 'Adding…',
    used: (models: readonly string[]) => `${models.length === 1 ? models[0] : plural(models.length, 'model')} can be asked for now.`,
    models: (label: string) => `Models of ${label}`,
  },
} as const

/** 8.0 B, 135 M */
export function parametersOf(weights: number): string {
  if (weights >= 1e9) return `${(weights / 1e9).toFixed(weights >= 99.5e9 ? 0 : 1)}${nbsp}B`
  return weights >= 1e6 ? `${Math.round(weights / 1e6)}${nbsp}M` : count(weights)
}

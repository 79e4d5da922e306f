/** What the panel may ask of the desktop, and nothing else: one schema per call, its answer beside it. */
import { z } from 'zod'

const none = z.tuple([])

/** Channel → the arguments that are let in. */
export const argumentsOf = {
  'open-at-login:get': none,
  'open-at-login:set': z.tuple([z.boolean()]),
  reveal: z.tuple([z.enum(['data', 'models', 'config', 'logs'])]),
  'check-for-updates': none,
  quit: none,
} as const

export interface LoginItem {
  readonly enabled: boolean
  /** It is asked for, and waits for a person in the system's settings. */
  readonly needsApproval: boolean
  readonly available: boolean
  /** Why it is not available, or what is left to do; null = nothing to say. */
  readonly why: string | null
}

export interface UpdateState {
  readonly state: 'off' | 'none' | 'available' | 'ready' | 'failed'
  readonly detail: string
}

export interface Answers {
  'open-at-login:get': LoginItem
  'open-at-login:set': LoginItem
  reveal: undefined
  'check-for-updates': UpdateState
  quit: undefined
}

export type Channel = keyof Answers
export type Arguments<Name extends Channel> = z.infer<(typeof argumentsOf)[Name]>
export type Calls = { readonly [Name in Channel]: (...values: Arguments<Name>) => Answers[Name] | Promise<Answers[Name]> }

/** `window.headgate` of the panel; absent in a browser. */
export interface Desktop {
  readonly platform: NodeJS.Platform
  readonly version: string
  readonly openAtLogin: { get(): Promise<LoginItem>; set(isOn: boolean): Promise<LoginItem> }
  revealInFinder(place: 'data' | 'models' | 'config' | 'logs'): Promise<void>
  checkForUpdates(): Promise<UpdateState>
  quit(): Promise<void>
}

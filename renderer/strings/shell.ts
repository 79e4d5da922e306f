/** The frame around every page, signing in, and the connection. */
import { clockTime } from '../words/figures.ts'

export const shell = {
  pages: 'Pages',
  running: 'Running',
  paused: 'Paused',
  notReached: 'Not reached',
  cpuOnly: 'CPU',
  isOut: 'one is out',
  nothingSent: '0 B sent to providers today',
  copyUrl: 'Copy base URL',
  copied: 'Copied',
  skip: 'Skip to the page',
  pageFailed: 'This page could not be drawn',
  pageFailedHow: (message: string) => `${message} The router is not affected; the other pages work.`,
  openPalette: (keys: string) => `Commands, ${keys}`,
  pageNames: {
    overview: 'Overview',
    models: 'Models',
    providers: 'Providers',
    routing: 'Routing',
    activity: 'Activity',
    connect: 'Connect',
    logs: 'Logs',
    settings: 'Settings',
  },
  shortcuts: {
    palette: 'Commands',
    search: 'Search on this page',
    settings: 'Settings',
    repeat: 'Repeat the selected request',
    localOnly: 'Local Only, on and off',
    pause: 'Pause and resume all requests',
  },
} as const

export const login = {
  title: 'Sign in to Headgate',
  how: 'Headgate prints a sign-in link when it starts, and the menu-bar app opens this page signed in. Or paste the admin token.',
  label: 'Admin token',
  where: 'It is the content of the file admin-token in the data folder.',
  submit: 'Sign in',
  signingIn: 'Signing in…',
  codeUsed: 'This sign-in link was used already or has expired. “headgate status” prints a new one; the admin token works too.',
  tokenRefused: 'Headgate does not accept this token.',
  ended: 'This session has ended: Headgate was started again or the token was revoked.',
} as const

export const connection = {
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
} as const

export const problems = {
  error: 'Problem',
  warn: 'Notice',
  paused: 'All requests are paused.',
  pausedHow: 'Tools are told so, with status 503, until they are resumed.',
  resume: 'Resume',
  resumed: 'Requests are answered again.',
} as const

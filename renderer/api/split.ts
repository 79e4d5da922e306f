/** The split over the admin API: a lock for a time, what another share would change, a model's own share. */
import type { OverrideView as RouterOverride } from '../../router/control/split-view.ts'
import type { WhatIfSide as RouterSide, WhatIfAnswer as RouterWhatIf } from '../../router/control/what-if.ts'
import { call } from './client.ts'
import type { Lane, SplitSetting, SplitView } from './types.ts'

export type OverrideView = RouterOverride
export type WhatIfAnswer = RouterWhatIf
export type WhatIfSide = RouterSide
export type OverrideLength = '30m' | '1h' | 'tomorrow' | 'forever'

/** `until`: a length, or an ISO time. */
export const putOverride = (lock: Lane, until: OverrideLength | string): Promise<OverrideView> => call('PUT', '/admin/override', { lock, until })
export const extendOverride = (): Promise<OverrideView> => call('POST', '/admin/override/extend', {})
export const deleteOverride = (): Promise<SplitView> => call('DELETE', '/admin/override')
/** Conversations that run stay where they are, although the share has changed. */
export const keepSessions = (): Promise<SplitView> => call('PUT', '/admin/split', { keep_sessions: true })
export const askWhatIf = (change: Partial<SplitSetting>): Promise<WhatIfAnswer> => call('POST', '/admin/what-if', change)
/** 0–1; null = it follows the split above it. */
export const putModelShare = (name: string, remoteShare: number | null): Promise<unknown> =>
  call('PUT', `/admin/models/${encodeURIComponent(name)}/split`, { remote_share: remoteShare })

/** Every key of a configuration file: the schemas of those in force, and the names of those whose effect is not built yet. */
import { z } from 'zod'
import { modelEntry, providerEntry, seedDeployment } from './entries.ts'
import { litellmModel } from './litellm.ts'
import { ruleSettings } from './rules.ts'
import {
  defaultSetting,
  engineSetting,
  guardsSetting,
  plainSettings,
  probesSetting,
  routerSettings,
  seedSettings,
  splitSetting,
  timeoutsSetting,
} from './settings.ts'

export const topLevel = {
  providers: z.array(providerEntry).max(1000),
  models: z.array(modelEntry).max(10_000),
  default: defaultSetting,
  split: splitSetting,
  timeouts: timeoutsSetting,
  engine: engineSetting,
  guards: guardsSetting,
  probes: probesSetting,
  ...plainSettings,
  ...seedSettings,
  local_deployment: z.array(seedDeployment).max(1000),
  remote_deployment: z.array(seedDeployment).max(1000),
  router_settings: routerSettings,
  model_list: z.array(litellmModel).max(10_000),
  ...ruleSettings,
} as const
export type TopLevelKey = keyof typeof topLevel

export const topLevelKeys: readonly string[] = Object.keys(topLevel)

/** Provider kinds that the interface names and that no dialect speaks yet: known, switched off, with a warning. */
export const laterKinds: readonly string[] = ['openai-responses', 'anthropic', 'gemini', 'azure']

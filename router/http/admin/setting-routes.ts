/** Every effective setting with its source, and the switches that the panel and the tray set. */
import { z } from 'zod'
import type { SettingControl } from '../../control/setting-control.ts'
import type { SettingName } from '../../control/setting-view.ts'
import { noticeKinds, trayTexts } from '../../core/desktop.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface SettingRouteParts {
  readonly settings: SettingControl
  readonly tell: Tell
}

/** Null takes a change back. What the files set too is checked by the schema of its key. */
const settingChange = z.strictObject({
  paused: z.boolean().optional(),
  require_key: z.boolean().nullable().optional(),
  host_names: z.array(z.string()).max(100).nullable().optional(),
  cors_origins: z.array(z.string()).max(100).nullable().optional(),
  memory_budget: z.number().nullable().optional().describe('GiB for all models and their contexts'),
  context: z.number().nullable().optional().describe('Tokens of a model that sets none'),
  idle_unload: z.number().nullable().optional().describe('Seconds without a request until a model is unloaded; 0 = never'),
  guard_offline: z.boolean().nullable().optional().describe('Without a network the local lane answers for the remote one'),
  guard_battery: z.boolean().nullable().optional().describe('On battery, new conversations go to the remote lane first'),
  guard_thermal: z.boolean().nullable().optional().describe('Hot, new conversations go to the remote lane first'),
  queue_wait: z.number().nullable().optional().describe('Seconds that a request waits for this machine before it goes to the remote lane'),
  starter_model: z.string().trim().min(1).max(4096).nullable().optional().describe('`on`, `off`, or a GGUF file to use instead'),
  record_bodies_until: z.iso.datetime({ offset: true }).nullable().optional(),
  recording_days: z.int().min(1).max(365).nullable().optional(),
  recording_mb: z.int().min(1).max(100_000).nullable().optional(),
  ledger_days: z.int().min(1).max(3650).nullable().optional(),
  appearance: z.enum(['system', 'light', 'dark']).nullable().optional(),
  tray_text: z.enum(trayTexts).nullable().optional(),
  muted_notices: z
    .array(z.enum(noticeKinds))
    .max(noticeKinds.length)
    .nullable()
    .optional()
    .describe('Notifications of the app that are switched off'),
  auto_update: z.boolean().nullable().optional(),
  first_run: z.strictObject({ step: z.int().min(0).max(20), done: z.boolean() }).optional(),
})

export function addSettingRoutes(app: AdminApp, { settings, tell }: SettingRouteParts): void {
  app.get('/admin/settings', { schema: { summary: 'Every effective setting with its source' } }, async () => settings.view())
  app.put('/admin/settings', { schema: { summary: 'Set what can be set while it runs', body: settingChange } }, async (request) => {
    const { first_run: firstRun, ...change } = request.body
    await settings.change(change, (name, value) => tell(request, ...told(name, value)))
    if (firstRun !== undefined) settings.setFirstRun(firstRun)
    return settings.view()
  })
}

function told(name: SettingName, value: unknown): [what: 'paused' | 'require-key' | 'setting', detail: string] {
  const words = value === null ? 'as the files say' : typeof value === 'boolean' ? (value ? 'on' : 'off') : JSON.stringify(value)
  if (name === 'paused') return ['paused', words]
  return name === 'require_key' ? ['require-key', words] : ['setting', `${name}: ${words}`]
}

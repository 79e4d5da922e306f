/** The names that people see for the settings that can be set here. */
import type { SettingName } from '../api/settings.ts'
import { strings } from '../strings/index.ts'

export const settingLabels: Readonly<Record<SettingName, string>> = strings.settings.labels

/** The pages of the panel, in the sidebar's order. */
import { Activity, Boxes, Cable, Gauge, type LucideIcon, Plug, ScrollText, Settings, Waypoints } from 'lucide-react'
import type { ComponentType } from 'react'
import { ActivityPage } from '../activity/activity-page.tsx'
import { ConnectPage } from '../connect/connect-page.tsx'
import { LogsPage } from '../logs/logs-page.tsx'
import { ModelsPage } from '../models/models-page.tsx'
import { OverviewPage } from '../overview/overview-page.tsx'
import { ProvidersPage } from '../providers/providers-page.tsx'
import { RoutingPage } from '../routing/routing-page.tsx'
import { SettingsPage } from '../settings/settings-page.tsx'
import type { PageId } from '../state/place.ts'
import { strings } from '../strings/index.ts'

export interface Page {
  readonly id: PageId
  readonly label: string
  readonly icon: LucideIcon
  readonly Content: ComponentType
}

const names = strings.shell.pageNames

export const pages: readonly Page[] = [
  { id: 'overview', label: names.overview, icon: Gauge, Content: OverviewPage },
  { id: 'models', label: names.models, icon: Boxes, Content: ModelsPage },
  { id: 'providers', label: names.providers, icon: Plug, Content: ProvidersPage },
  { id: 'routing', label: names.routing, icon: Waypoints, Content: RoutingPage },
  { id: 'activity', label: names.activity, icon: Activity, Content: ActivityPage },
  { id: 'connect', label: names.connect, icon: Cable, Content: ConnectPage },
  { id: 'logs', label: names.logs, icon: ScrollText, Content: LogsPage },
  { id: 'settings', label: names.settings, icon: Settings, Content: SettingsPage },
]

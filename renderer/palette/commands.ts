/** Everything that the palette can do, as data: one list per source. A command runs after the palette has closed. */
import {
  Activity,
  ArrowRightLeft,
  Boxes,
  Cable,
  Copy,
  Download,
  Gauge,
  Keyboard,
  KeyRound,
  Laptop,
  Link,
  Lock,
  LockOpen,
  type LucideIcon,
  Pause,
  Play,
  Plug,
  Plus,
  ScrollText,
  Settings,
  Sparkles,
  Square,
  Waypoints,
} from 'lucide-react'
import { call } from '../api/client.ts'
import type { SettingName, SettingsView } from '../api/settings.ts'
import type { DeploymentView, Lane, Overview, RequestRow } from '../api/types.ts'
import { askForFirstRun } from '../first-run/first-run-state.ts'
import { settingLabels } from '../settings/setting-labels.ts'
import { appHost } from '../shell/app-host.ts'
import { setPaused } from '../shell/pause.ts'
import { keysOf, shortcuts } from '../shell/shortcuts.ts'
import { go, linkTo, type PageId, pageIds } from '../state/place.ts'
import { presetNames, presetOf, presets, withLock } from '../state/presets.ts'
import { changeSplit, shownSetting } from '../state/split-changes.ts'
import { announce, select, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { baseUrl } from '../words/base-url.ts'
import type { PaletteData } from './palette-data.ts'
import { openPalette } from './palette-state.ts'

export interface Command {
  readonly id: string
  readonly group: string
  readonly label: string
  readonly icon: LucideIcon
  /** In grey behind the label. */
  readonly hint?: string
  /** The keys that do the same. */
  readonly keys?: string
  /** More words that find it. */
  readonly words?: string
  /** Shown before anything is typed. */
  readonly isListed?: boolean
  readonly run: () => void
}

export interface CommandSources {
  readonly overview: Overview | null
  readonly requests: readonly RequestRow[]
  readonly settings: SettingsView | null
  readonly data: PaletteData
}

const { groups, ...words } = strings.palette
const keyOf = (id: string): { keys?: string } => {
  const shortcut = shortcuts.find((each) => each.id === id)
  return shortcut ? { keys: keysOf(shortcut) } : {}
}

export function commandsOf({ overview, requests, settings, data }: CommandSources): readonly Command[] {
  return [
    ...pageCommands(),
    ...splitCommands(),
    ...actionCommands(overview),
    ...localModelCommands(overview?.deployments ?? []),
    ...deploymentCommands(overview?.deployments ?? []),
    ...named('models', data.models),
    ...named('providers', data.providers),
    ...requestCommands(requests),
    ...settingCommands(settings),
    ...shortcutCommands(),
  ]
}

const pageIcons: Readonly<Record<PageId, LucideIcon>> = {
  overview: Gauge,
  logs: ScrollText,
  models: Boxes,
  providers: Plug,
  routing: Waypoints,
  activity: Activity,
  connect: Cable,
  settings: Settings,
}

const pageCommands = (): Command[] =>
  pageIds.map((page) => ({
    id: `page-${page}`,
    group: groups.pages,
    label: strings.shell.pageNames[page],
    icon: pageIcons[page],
    isListed: true,
    ...keyOf(page),
    run: () => go(linkTo(page)),
  }))

function splitCommands(): Command[] {
  const setting = shownSetting()
  if (!setting) return []
  const lock = (to: Lane | null, label: string): Command => ({
    id: `lock-${to ?? 'none'}`,
    group: groups.split,
    label,
    icon: to === null ? LockOpen : Lock,
    run: () => {
      const now = shownSetting()
      if (now) changeSplit(withLock(now, to))
    },
  })
  return [
    ...presetNames.map((name) => ({
      id: `preset-${name}`,
      group: groups.split,
      label: strings.presetLabels[name],
      icon: presets[name].lock === null ? ArrowRightLeft : Lock,
      hint: presetOf(setting) === name ? words.inForce : strings.split.hints[name],
      isListed: true,
      ...(name === 'local-only' ? keyOf('local-only') : {}),
      run: () => changeSplit(presets[name]),
    })),
    ...(setting.lock === 'local' ? [] : [lock('local', strings.split.endQuestion.local.lock)]),
    ...(setting.lock === 'remote' ? [] : [lock('remote', strings.split.endQuestion.remote.lock)]),
    ...(setting.lock === null ? [] : [lock(null, words.unlock)]),
  ]
}

function actionCommands(overview: Overview | null): Command[] {
  const place = (id: string, label: string, icon: LucideIcon, link: string): Command => ({
    id,
    group: groups.actions,
    label,
    icon,
    isListed: true,
    run: () => go(link),
  })
  const paused = overview?.paused ?? false
  return [
    {
      id: 'pause',
      group: groups.actions,
      label: paused ? words.resume : words.pause,
      icon: paused ? Play : Pause,
      isListed: true,
      ...keyOf('pause'),
      run: () => void setPaused(!paused),
    },
    ...(overview
      ? [
          {
            id: 'copy-url',
            group: groups.actions,
            label: strings.shell.copyUrl,
            icon: Copy,
            hint: baseUrl(overview.url),
            isListed: true,
            run: () => void copy(baseUrl(overview.url)),
          },
        ]
      : []),
    place('get-model', words.getModel, Download, linkTo('models', null, { get: '1' })),
    place('add-provider', words.addProvider, Plus, linkTo('providers', null, { add: '' })),
    place('add-rule', words.addRule, Waypoints, linkTo('routing', null, { add: 'pattern' })),
    { ...place('create-key', words.createKey, KeyRound, linkTo('connect', null, { new: 'key' })), words: 'copy api key token' },
    place('connect-tool', words.connectTool, Link, linkTo('connect')),
    { id: 'first-run', group: groups.actions, label: words.firstRun, icon: Sparkles, run: askForFirstRun },
    {
      id: 'shortcuts',
      group: groups.actions,
      label: words.shortcuts,
      icon: Keyboard,
      isListed: true,
      run: () => openPalette(`${groups.shortcuts} `),
    },
  ]
}

const localModelCommands = (deployments: readonly DeploymentView[]): Command[] =>
  deployments
    .filter(({ provider, state }) => provider === 'engine' && state !== 'disabled')
    .map(({ name, model, loaded }) => ({
      id: `${loaded ? 'unload' : 'load'}-${name}`,
      group: groups.localModels,
      label: loaded ? words.unload(model) : words.load(model),
      icon: loaded ? Square : Laptop,
      run: () =>
        void call('POST', `/admin/engine/${loaded ? 'unload' : 'load'}`, { deployment: name }).catch((error: unknown) => {
          usePanel.setState({ problem: error instanceof Error ? error.message : strings.connection.noAnswer })
        }),
    }))

const deploymentCommands = (deployments: readonly DeploymentView[]): Command[] =>
  deployments.map(({ name, state, lane }) => ({
    id: `deployment-${name}`,
    group: groups.deployments,
    label: name,
    icon: lane === 'local' ? Laptop : Plug,
    hint: `${strings.laneLabels[lane].toLowerCase()}, ${strings.lanes.states[state]}`,
    run: () => go(linkTo('activity', null, { deployment: name })),
  }))

const named = (page: 'models' | 'providers', names: readonly string[]): Command[] =>
  names.map((name) => ({
    id: `${page}-${name}`,
    group: groups[page],
    label: name,
    icon: page === 'models' ? Boxes : Plug,
    run: () => go(linkTo(page, name)),
  }))

const requestCommands = (requests: readonly RequestRow[]): Command[] =>
  requests.map(({ id, model, tool, deployment }) => ({
    id: `request-${id}`,
    group: groups.requests,
    label: id,
    icon: Activity,
    hint: [tool, deployment ?? model].filter(Boolean).join(', '),
    words: `${tool} ${model ?? ''} ${deployment ?? ''}`,
    run: () => {
      select(id)
      go(linkTo('activity', id))
    },
  }))

/** They are about the menu-bar app: without it there is no row to open. */
const appSettings: ReadonlySet<SettingName> = new Set(['tray_text', 'auto_update', 'muted_notices'])

const settingCommands = (view: SettingsView | null): Command[] =>
  (view?.settings ?? []).flatMap(({ path, name }) => {
    if (name === null || (appHost === null && appSettings.has(name))) return []
    const label = settingLabels[name]
    return [{ id: `setting-${path}`, group: groups.settings, label, icon: Settings, words: path, run: () => go(linkTo('settings', name)) }]
  })

const shortcutCommands = (): Command[] =>
  shortcuts.map((shortcut) => ({
    id: `shortcut-${shortcut.id}`,
    group: groups.shortcuts,
    label: shortcut.label,
    icon: Keyboard,
    keys: keysOf(shortcut),
    run: () => void shortcut.run(),
  }))

const copy = (text: string): Promise<void> => navigator.clipboard.writeText(text).then(() => announce(strings.shell.copied))

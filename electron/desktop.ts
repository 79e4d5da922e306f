/** The app after `ready`: the router in this process, the tray, the window, and what joins them. */
import { dialog, net, powerMonitor, shell } from 'electron'
import type { Router } from '../router/index.ts'
import { setApplicationMenu } from './application-menu.ts'
import { type DesktopFile, openDesktopFile } from './desktop-file.ts'
import { createAppHost } from './host.ts'
import { takeCalls } from './ipc/take-calls.ts'
import { createKeepAwake } from './keep-awake.ts'
import { loginItem, setLoginItem, wasOpenedAtLogin } from './login-item.ts'
import { offerToMove } from './move-to-applications.ts'
import { createNotices, type Notice } from './notices.ts'
import { createNotify } from './notify.ts'
import { serveStartProblem } from './pages/serve-start-problem.ts'
import { actionOf, type StartProblem, startProblemUrl } from './pages/start-problem.ts'
import type { Places } from './places.ts'
import { createQuitting } from './quitting.ts'
import { isSealingAvailable } from './secrets.ts'
import { withShellVariables } from './shell-variables.ts'
import { followSleep } from './sleep.ts'
import { portRefusal, startRouter, usualPort } from './start-router.ts'
import { explainHiddenIcon } from './tray/hidden-icon.ts'
import { createTrayActions } from './tray/tray-actions.ts'
import { createTrayIcon, type TrayIcon } from './tray/tray-icon.ts'
import { createUpdates } from './updates.ts'
import { denyPermissions } from './window/hardening.ts'
import { createMainWindow } from './window/main-window.ts'

export interface Desktop {
  /** Shows the window, at a place of the panel or where it was. */
  show(place?: string | null): void
  /** Is this one of our own pages? */
  isOurs(url: string): boolean
  /** A button of the bundled page. True = it was one. */
  onAction(url: string): boolean
  start(): Promise<void>
}

type Variables = Readonly<Record<string, string | undefined>>

export function createDesktop(places: Places, environment: Variables): Desktop {
  const file: DesktopFile = openDesktopFile(places.desktopFile)
  let router: Router | null = null
  let problem: StartProblem | null = null
  let tray: TrayIcon | null = null
  let variables = environment
  let isSealed = false
  let hasUnseen = false
  let starting: Promise<void> | null = null

  const desk = () => router?.desk ?? null
  const content = () => (router === null ? 'problem' : 'panel')
  const isPanel = (url: string) => router !== null && URL.parse(url)?.origin === router.url
  const isOurs = (url: string) => isPanel(url) || url.startsWith(startProblemUrl)
  const update = () => tray?.update()

  const window = createMainWindow({
    preload: places.preload,
    file,
    loginUrl: () => router?.loginUrl() ?? startProblemUrl,
    isOurs: isPanel,
    onOpenChange() {
      hasUnseen = false
      update()
    },
  })
  const show = (place: string | null = null) => {
    file.set({ wasShown: true })
    window.show(content(), place)
    if (tray) explainHiddenIcon(tray.bounds(), file)
  }
  const quitting = createQuitting({
    running: () => router?.running() ?? 0,
    stop: async (drainMs) => {
      await starting
      await router?.stop(drainMs)
      router = null
    },
    onChange: update,
    onEnd() {
      tray?.destroy()
      tray = null
      window.close()
    },
  })
  const notify = createNotify({
    isLooking: window.isFocused,
    isMuted: (kind) => desk()?.status().desktop.muted.includes(kind) ?? false,
    onClick: show,
  })
  const updates = createUpdates({
    isAutomatic: () => desk()?.status().desktop.autoUpdate ?? true,
    onReady(version) {
      notify({ kind: 'update', title: `Headgate ${version} is ready`, body: 'It is installed when you restart Headgate.', place: '#/settings' })
      update()
    },
  })
  const keepAwake = createKeepAwake()

  function follow({ desk: opened }: Router): void {
    const changed = () => {
      const { running, downloads } = opened.status()
      keepAwake.update(running + downloads.filter(({ isActive }) => isActive).length)
      update()
    }
    opened.onChange(changed)
    opened.onEvent(
      createNotices({ now: () => performance.now(), lock: () => opened.status().split.lock, isOnline: () => net.isOnline(), show: tell }),
    )
    changed()
    if (!isSealed) opened.say('warn', 'This system keeps no secrets for Headgate: they lie in secrets.json, readable by their owner alone.')
  }

  function tell(notice: Notice): void {
    if (notice.kind === 'download' && !window.isFocused()) {
      hasUnseen = true
      update()
    }
    notify(notice)
  }

  async function startOnce(): Promise<void> {
    const started = await startRouter({
      places,
      port: Number(environment['HEADGATE_PORT'] || file.get().port || usualPort),
      host: environment['HEADGATE_HOST'] || null,
      environment: variables,
      createHost: (dataFolder) =>
        createAppHost(dataFolder, { isSealed, notify: (title, body) => notify({ kind: null, title, body, place: '#/overview' }) }),
    })
    router = started.router
    problem = started.problem
    if (router) follow(router)
    window.reload(content())
    update()
  }
  const startNow = () => (starting ??= startOnce().finally(() => (starting = null)))

  async function usePort(port: number): Promise<void> {
    const refusal = await portRefusal(port)
    if (refusal !== null) {
      problem = problem && { ...problem, refusal }
      return window.reload('problem')
    }
    file.set({ port })
    await startNow()
  }

  return {
    show,
    isOurs,
    onAction(url) {
      const action = actionOf(url)
      if (action === null) return false
      if (action.type === 'retry') void startNow()
      else if (action.type === 'quit') quitting.quit()
      else void usePort(action.port)
      return true
    },
    async start() {
      denyPermissions(isPanel)
      serveStartProblem(() => problem)
      takeCalls(
        {
          'open-at-login:get': loginItem,
          'open-at-login:set': setLoginItem,
          async reveal(place) {
            await shell.openPath(
              { data: places.dataFolder, models: places.modelsFolder, config: places.configFolder, logs: places.logsFolder }[place],
            )
          },
          'check-for-updates': updates.check,
          quit: () => void setImmediate(() => quitting.quit()),
        },
        isPanel,
      )
      setApplicationMenu({ onSettings: () => show('#/settings') })
      if (await offerToMove(file)) return
      ;[variables, isSealed] = await Promise.all([withShellVariables(environment), isSealingAvailable()])
      tray = createTrayIcon({
        iconFolder: places.icons,
        situation: () => ({
          router: router && desk()!.status(),
          app: {
            platform: process.platform,
            now: Date.now(),
            problem: problem?.title ?? null,
            updateReady: updates.ready(),
            quittingAfter: quitting.isWaiting() ? (router?.running() ?? 0) : null,
            hasUnseen,
          },
        }),
        act: createTrayActions({
          desk,
          show,
          flash: (text) => tray?.flash(text),
          retry: () => void startNow(),
          restartToUpdate: () => quitting.quit(updates.install),
          quit: () => quitting.quit(),
          quitNow: quitting.quitNow,
          onRefused: (message) => void dialog.showMessageBox({ type: 'warning', message: 'Headgate did not do that.', detail: message }),
        }),
      })
      tray.update()
      followSleep(desk, quitting.shutdown)
      powerMonitor.on('resume', () => void updates.check())
      await startNow()
      if (problem !== null || !file.get().wasShown || (process.platform !== 'darwin' && !wasOpenedAtLogin())) show()
      void updates.check()
    },
  }
}

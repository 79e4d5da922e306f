/** A thin bar while the set-up waits for the person who left it for a page. */
import { Sparkles } from 'lucide-react'
import { Button } from '../parts/button.tsx'
import { useSettings } from '../settings/settings-state.ts'
import { appHost } from '../shell/app-host.ts'
import { settingOf } from '../state/presets.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { endFirstRun, isFirstRunDue, returnToFirstRun, useFirstRun } from './first-run-state.ts'
import { stepAt, stepsFor } from './steps.ts'

const words = strings.firstRun

export function FirstRunBar() {
  const { isAskedFor, isAside } = useFirstRun()
  const view = useSettings((state) => state.view)
  const split = usePanel((state) => state.split)
  if (!isAside || !view || !split || !isFirstRunDue(view, isAskedFor)) return null
  const steps = stepsFor(settingOf(split), appHost !== null)
  return (
    <section className="first-run-bar" aria-label={strings.settings.setUp}>
      <Sparkles className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span>{words.aside(steps.indexOf(stepAt(view.first_run.step, steps)) + 1, steps.length)}</span>
      <Button className="push" onPress={returnToFirstRun}>
        {words.goOn}
      </Button>
      <Button kind="quiet" onPress={() => void endFirstRun()}>
        {words.end}
      </Button>
    </section>
  )
}

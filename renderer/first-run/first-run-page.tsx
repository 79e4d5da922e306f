/** The set-up over the whole window: at most six screens, each can be skipped, and it goes on where it was left. */
import { type ComponentType, useEffect, useRef } from 'react'
import type { SettingsView } from '../api/settings.ts'
import { BrandMark } from '../parts/brand-mark.tsx'
import { Button } from '../parts/button.tsx'
import { appHost } from '../shell/app-host.ts'
import { presetOf, presets, settingOf } from '../state/presets.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { endFirstRun, keepStep } from './first-run-state.ts'
import { HandyStep } from './handy-step.tsx'
import { LocalStep } from './local-step.tsx'
import { ProviderStep } from './provider-step.tsx'
import { RunningStep } from './running-step.tsx'
import { SplitStep } from './split-step.tsx'
import { allSteps, type StepId, stepAt, stepsFor } from './steps.ts'
import { ToolStep } from './tool-step.tsx'

const words = strings.firstRun

const contents: Readonly<Record<StepId, ComponentType>> = {
  running: RunningStep,
  split: SplitStep,
  local: LocalStep,
  provider: ProviderStep,
  tool: ToolStep,
  handy: HandyStep,
}

export function FirstRunPage({ view }: { readonly view: SettingsView }) {
  const split = usePanel((state) => state.split)
  const wanted = usePanel((state) => state.wanted)
  const setting = wanted ?? (split ? settingOf(split) : presets['prefer-local'])
  const steps = stepsFor(setting, appHost !== null)
  const step = stepAt(view.first_run.step, steps)
  const at = steps.indexOf(step)
  const main = useRef<HTMLElement>(null)
  const shown = useRef(step)
  useEffect(() => {
    document.title = strings.product
    if (shown.current !== step) main.current?.focus()
    shown.current = step
  }, [step])

  const next = steps[at + 1]
  const before = steps[at - 1]
  const to = (id: StepId) => void keepStep(allSteps.indexOf(id))
  const Content = contents[step]
  return (
    <div className="first-run">
      <header>
        <span className="row first-run-brand">
          <BrandMark />
          {strings.product}
        </span>
        <ol className="first-run-steps" aria-label={words.steps(at + 1, steps.length)}>
          {steps.map((id, index) => (
            <li key={id} className={index < at ? 'done' : index === at ? 'current' : ''} aria-current={index === at ? 'step' : undefined}>
              <span className="visually-hidden">{words[id].title}</span>
            </li>
          ))}
        </ol>
        <Button kind="quiet" onPress={() => void endFirstRun()}>
          {words.skipAll}
        </Button>
      </header>
      <main ref={main} tabIndex={-1} aria-labelledby="first-run-title">
        <div className="first-run-step" data-step={step}>
          <h1 id="first-run-title">{words[step].title}</h1>
          <Content />
        </div>
      </main>
      <footer>
        {before ? (
          <Button isLarge onPress={() => to(before)}>
            {words.back}
          </Button>
        ) : (
          <span />
        )}
        <span className="caption">
          {step === 'split' && (
            <>
              {words.split.sets} <b>{strings.presetLabels[presetOf(setting)]}</b>
              {words.split.nothingElse}
            </>
          )}
        </span>
        <Button kind="primary" isLarge onPress={() => (next ? to(next) : void endFirstRun())}>
          {next ? words.next : words.finish}
        </Button>
      </footer>
    </div>
  )
}

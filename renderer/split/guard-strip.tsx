/** A guard that fires: what it does, since when, why it may have no effect, and the way to undo it until tomorrow. */
import { BatteryLow, CircleDollarSign, Thermometer, WifiOff } from 'lucide-react'
import { closeBatteryOffer, type GuardView, redoGuard, undoGuard } from '../api/guards.ts'
import { Button } from '../parts/button.tsx'
import { saveSettings } from '../settings/settings-state.ts'
import { linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { tryInSplit } from './try-in-split.ts'

const words = strings.guards
const icons = { offline: WifiOff, battery: BatteryLow, thermal: Thermometer, budget: CircleDollarSign } as const

export function GuardStrip({ guard }: { readonly guard: GuardView }) {
  const { kind, undone_until: undone } = guard
  const Icon = icons[kind]
  const { strong, rest } = words.strip(guard, Date.now())
  return (
    <div className={`override-strip ${undone === null ? 'is-guard' : 'is-undone'}`} role="status">
      <Icon className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span className="override-words">
        <b>{strong}</b> {rest}
      </span>
      {kind === 'budget' ? (
        <a className="text-link" href={linkTo('providers')}>
          {words.toProviders}
        </a>
      ) : undone === null ? (
        <Button onPress={() => void tryInSplit(() => undoGuard(kind))}>{words.undo}</Button>
      ) : (
        <Button onPress={() => void tryInSplit(() => redoGuard(kind))}>{words.redo}</Button>
      )}
    </div>
  )
}

/** Asked once, the first time that this machine runs on battery. */
export function BatteryOffer() {
  const answer = async (isWanted: boolean) => {
    if (isWanted) await saveSettings({ guard_battery: true })
    await closeBatteryOffer()
  }
  return (
    <div className="override-strip is-undone" role="status">
      <BatteryLow className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span className="override-words">
        <b>{words.offer.strong}</b> {words.offer.rest}
      </span>
      <Button onPress={() => void tryInSplit(() => answer(true))}>{words.offer.yes}</Button>
      <Button kind="quiet" onPress={() => void tryInSplit(() => answer(false))}>
        {words.offer.no}
      </Button>
    </div>
  )
}

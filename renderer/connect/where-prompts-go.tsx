/** Where prompts go now, said before a tool is pointed here: from the split in force, and from the tool's own key. */
import { ArrowRightLeft } from 'lucide-react'
import type { ConnectView, KeySplit } from '../api/keys.ts'
import type { SplitSetting } from '../api/types.ts'
import { linkTo } from '../state/place.ts'
import { percentOf, presetOf, settingOf } from '../state/presets.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'

const words = strings.connect.now

export function WherePromptsGo({ view, of }: { view: ConnectView; of: (KeySplit & { readonly name: string }) | null }) {
  const split = usePanel((state) => state.split)
  if (!split) return null
  const own = of && keySentence(of)
  return (
    <p className="note where-now">
      <ArrowRightLeft className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span>
        <span className="visually-hidden">{words.label}: </span>
        {nowSentence(settingOf(split), view)} {own} <a href={linkTo('overview')}>{words.change}</a>
      </span>
    </p>
  )
}

/** For the model of the snippets: its own share and its own places go before the split of all. */
export function nowSentence(setting: SplitSetting, { model, model_split }: Pick<ConnectView, 'model' | 'model_split'>): string {
  const { local, remote, providers, remote_share } = model_split
  if (local === 0 && remote === 0) return words.nothing
  if (setting.lock === 'local') return words['local-only']
  if (remote === 0) return words.noRemote(model)
  if (local === 0) return words.noLocal(model, providers)
  if (setting.lock === 'remote') return words['remote-only'](providers)
  const shown = remote_share === null ? setting : { ...setting, remote_share }
  const preset = presetOf(shown)
  if (preset === 'prefer-local' || preset === 'prefer-remote') return words[preset](providers)
  return words.share(percentOf(shown.remote_share), providers, shown.fallback)
}

function keySentence({ name, lane_lock, remote_share }: KeySplit & { readonly name: string }): string | null {
  if (lane_lock !== null) return words.key[lane_lock](name)
  return remote_share === null ? null : words.key.share(name, percentOf(remote_share))
}

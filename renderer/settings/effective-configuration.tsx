/** Settings → Effective configuration: every value in force, who said so, and a reset where the panel did. */
import { Lock, RotateCcw } from 'lucide-react'
import type { SettingView } from '../api/settings.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { resetToBase } from '../state/split-changes.ts'
import { strings } from '../strings/index.ts'
import { settingWords, sourceWords } from '../words/setting-value.ts'
import { changeSetting, loadSettings } from './settings-state.ts'

const words = strings.settings.effective

export function EffectiveConfiguration({ settings, all }: { readonly settings: readonly SettingView[]; readonly all: readonly SettingView[] }) {
  const json = JSON.stringify(Object.fromEntries(all.map(({ path, value, source }) => [path, { value, source }])), null, 2)
  return (
    <section className="form-section" aria-labelledby="effective-title">
      <div className="head">
        <h2 id="effective-title">{strings.settings.sections.effective}</h2>
        <span className="caption">{words.shown(settings.length, all.length)}</span>
        <span className="push">
          <CopyButton text={json} label={words.copy} isWordy />
        </span>
      </div>
      <p className="caption">{words.caption}</p>
      <div className="panel effective">
        {settings.length === 0 ? (
          <p className="form-note">{words.none}</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">{words.columns.path}</th>
                <th scope="col">{words.columns.value}</th>
                <th scope="col">{words.columns.source}</th>
                <th scope="col">
                  <span className="visually-hidden">{words.columns.reset}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {settings.map((setting) => (
                <Row key={setting.path} setting={setting} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  )
}

function Row({ setting }: { readonly setting: SettingView }) {
  const { path, value, source, name, is_pending } = setting
  const isSplit = path.startsWith('split.')
  const isOfFile = source !== 'panel' && source !== 'default' && source !== 'start'
  const reset = () => (isSplit ? void resetToBase().then(loadSettings) : name && void changeSetting(name, name === 'paused' ? false : null))
  const shown = settingWords(path, value)
  return (
    <tr className={source === 'default' ? 'is-usual' : ''}>
      <th scope="row" className="mono clip" title={path}>
        {path}
      </th>
      <td className="mono clip" title={shown}>
        {shown}
        {is_pending && <span className="pending"> {words.pending}</span>}
      </td>
      <td className="clip">
        {isOfFile && <Lock className="icon" size={11} strokeWidth={2} aria-hidden />}
        {sourceWords(source)}
      </td>
      <td className="right">
        {source === 'panel' && (name !== null || isSplit) && <Button kind="quiet" icon={RotateCcw} aria-label={words.reset(path)} onPress={reset} />}
      </td>
    </tr>
  )
}

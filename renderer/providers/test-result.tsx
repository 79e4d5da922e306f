/** What a test found, in place: what it is worth, the provider's own words, what to do. */
import { Check, Info, OctagonX, TriangleAlert, X } from 'lucide-react'
import type { ProviderTest } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'

const words = strings.providers.test

export function TestResult({ test, onClose }: { test: ProviderTest; onClose?: () => void }) {
  const { outcome, ok, message, said, how_to_fix, answered, latency_ms } = test
  const tone = ok ? (outcome === 'no-list' ? 'info' : 'ok') : outcome === 'limited' || outcome === 'locked' ? 'warn' : 'error'
  const Icon = { ok: Check, info: Info, warn: TriangleAlert, error: OctagonX }[tone]
  // The provider's words are worth reading where they say more than we do.
  const quote = said !== null && said !== message && !message.includes(said) ? said : null
  return (
    <div className={`test-result ${tone}`} role="status">
      <Icon className="icon" size={14} strokeWidth={2} aria-hidden />
      <div>
        <div>
          <b>{message}</b> {ok && <span className="quiet-words">{words.inMs(latency_ms)}</span>}
        </div>
        {quote !== null && <div className="test-quote">{strings.providers.said(quote)}</div>}
        {how_to_fix !== null && <div>{how_to_fix}</div>}
        {answered !== null && (
          <div>{answered.ok ? words.answered(answered.model, answered.latency_ms) : words.notAnswered(answered.model, answered.message)}</div>
        )}
      </div>
      {onClose && <Button kind="quiet" icon={X} aria-label={strings.split.dismiss} onPress={onClose} />}
    </div>
  )
}

/** What can be changed of a provider that the panel added: address, default model, rank, limit, region. Saved together. */
import { useState } from 'react'
import type { ProviderView } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { change } from './providers-state.ts'

const words = strings.providers
const ranks = ['0', '1', '2'] as const

export function EditProvider({ provider }: { provider: ProviderView }) {
  const { name, has_key } = provider
  const [address, setAddress] = useState(provider.base_url ?? '')
  const [model, setModel] = useState(provider.default_model ?? '')
  const [most, setMost] = useState(String(provider.max_in_flight))
  const [region, setRegion] = useState(provider.region ?? '')
  const [rank, setRank] = useState(String(provider.priority))
  const [isBusy, setBusy] = useState(false)
  const next = {
    ...(address.trim() === (provider.base_url ?? '') ? {} : { base_url: address.trim() || null }),
    ...(model.trim() === (provider.default_model ?? '') ? {} : { default_model: model.trim() || null }),
    ...(Number(most) === provider.max_in_flight ? {} : { max_in_flight: Number(most) }),
    ...(region.trim() === (provider.region ?? '') ? {} : { region: region.trim() || null }),
    ...(Number(rank) === provider.priority ? {} : { priority: Number(rank) }),
  }
  const isMostWrong = !/^[1-9]\d{0,5}$/.test(most.trim()) || Number(most) > 100_000
  const save = async () => {
    if (isBusy) return
    setBusy(true)
    await change(name, next, words.saved(name))
    setBusy(false)
  }
  const isOtherHost = has_key && 'base_url' in next && hostOf(address) !== hostOf(provider.base_url ?? '')
  return (
    <section aria-labelledby="detail-settings" className="detail-form">
      <h3 id="detail-settings">{words.detail.settings}</h3>
      <TextField
        label={words.form.address}
        type="url"
        isMono
        size="wide"
        value={address}
        onChange={setAddress}
        description={isOtherHost ? <b className="warn">{words.form.keyBound}</b> : words.form.addressHint}
      />
      <TextField label={words.form.defaultModel} isMono size="wide" value={model} onChange={setModel} description={words.form.defaultModelHint} />
      <div className="detail-field">
        <span className="form-label">{words.form.priority}</span>
        <Segmented
          aria-label={words.form.priority}
          value={(ranks as readonly string[]).includes(rank) ? (rank as '0') : '2'}
          segments={ranks.map((id, at) => ({ id, label: words.form.priorities[at] ?? id }))}
          onChange={setRank}
        />
        <span className="caption">{words.form.priorityHint}</span>
      </div>
      <div className="row wrap detail-short">
        <TextField
          label={words.form.maxInFlight}
          size="number"
          value={most}
          onChange={setMost}
          error={isMostWrong ? words.form.maxInFlightWrong : null}
        />
        <TextField label={words.form.region} value={region} onChange={setRegion} placeholder="eu-west" />
      </div>
      <div className="row">
        <Button onPress={() => void save()} isDisabled={Object.keys(next).length === 0 || isMostWrong}>
          {isBusy ? words.form.saving : words.form.save}
        </Button>
      </div>
    </section>
  )
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address
}

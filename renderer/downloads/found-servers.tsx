/** Other model servers of this machine, as quiet offers: used only when somebody says so, and "not now" is remembered. */
import { Server, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { dismissFoundServer, type FoundServer, fetchFoundServers, useFoundServer as takeServer } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { CheckBox } from './check-box.tsx'

const words = strings.downloads.servers
/** The router looks again at most so often; asking it costs nothing. */
const askAgainMs = 10 * 60_000

export function FoundServers() {
  const connection = usePanel((state) => state.connection)
  const [servers, setServers] = useState<readonly FoundServer[]>([])
  const load = () => void fetchFoundServers().then(setServers, () => undefined) // an offer only: without an answer there is none
  useEffect(() => {
    if (connection !== 'live') return
    load()
    const timer = setInterval(load, askAgainMs)
    return () => clearInterval(timer)
  }, [connection])
  const offered = servers.filter(({ configured, dismissed }) => !configured && !dismissed)
  if (offered.length === 0) return null
  return (
    <ul className="offers" aria-label={words.label}>
      {offered.map((server) => (
        <Offer key={server.url} server={server} onDone={load} />
      ))}
    </ul>
  )
}

function Offer({ server: { label, url, models }, onDone }: { readonly server: FoundServer; readonly onDone: () => void }) {
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(models.map(({ id }) => id)))
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const use = async () => {
    setBusy(true)
    try {
      const { models: added, failed } = await takeServer(url, [...chosen])
      announce(words.used(added))
      setFailure(failed.length === 0 ? null : failed.join(' '))
      onDone()
    } catch (error) {
      setFailure(failureWords(error))
    }
    setBusy(false)
  }
  const dismiss = () => void dismissFoundServer(url).then(onDone, (error: unknown) => setFailure(failureWords(error)))
  return (
    <li className="panel offer">
      <Server className="icon" size={15} strokeWidth={1.75} aria-hidden />
      <div className="offer-words">
        <div className="medium">{models.length === 0 ? words.empty(label) : words.offer(label, models.length)}</div>
        <div className="caption">{words.hint(url)}</div>
        {isOpen && (
          <fieldset className="offer-models">
            <legend className="visually-hidden">{words.models(label)}</legend>
            {models.map(({ id }) => (
              <CheckBox
                key={id}
                isSelected={chosen.has(id)}
                onChange={(isWanted) => setChosen(new Set(isWanted ? [...chosen, id] : [...chosen].filter((each) => each !== id)))}
              >
                <span className="clip">{id}</span>
              </CheckBox>
            ))}
          </fieldset>
        )}
        {failure !== null && (
          <p className="note is-error" role="alert">
            <TriangleAlert className="icon" size={13} aria-hidden />
            {failure}
          </p>
        )}
      </div>
      <div className="download-actions">
        {models.length > 1 && !isOpen && (
          <Button kind="quiet" onPress={() => setOpen(true)}>
            {words.choose}
          </Button>
        )}
        {models.length > 0 && (
          <Button isDisabled={isBusy || chosen.size === 0} onPress={() => void use()}>
            {isBusy ? words.using : words.useSome(chosen.size)}
          </Button>
        )}
        <Button kind="quiet" aria-label={words.notNowLabel(label)} onPress={dismiss}>
          {words.notNow}
        </Button>
      </div>
    </li>
  )
}

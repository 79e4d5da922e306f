/** The keys: whose they are, where their prompts go, when they were last used; make, change, revoke. */
import { Lock, Pencil, Unlink } from 'lucide-react'
import { useState } from 'react'
import type { KeyView } from '../api/keys.ts'
import { ArmedButton } from '../parts/armed-button.tsx'
import { Button } from '../parts/button.tsx'
import { LaneIcon } from '../parts/lane-name.tsx'
import { RelativeTime } from '../parts/relative-time.tsx'
import { go, linkTo, usePlace } from '../state/place.ts'
import { percentOf } from '../state/presets.ts'
import { strings } from '../strings/index.ts'
import { revoke } from './connect-state.ts'
import { KeyDialog } from './key-dialog.tsx'

const words = strings.connect.keys

export function KeyTable({ keys, problem }: { keys: readonly KeyView[]; problem: string | null }) {
  const [dialog, setDialog] = useState<KeyView | 'new' | null>(null)
  const { item, query } = usePlace()
  // The palette leads here with the dialog open.
  const isAskedFor = query['new'] === 'key'
  const shownDialog = dialog ?? (isAskedFor ? 'new' : null)
  const close = () => {
    setDialog(null)
    if (isAskedFor) go(linkTo('connect', item), { replace: true })
  }
  const [isRevokedShown, setRevokedShown] = useState(false)
  const active = keys.filter(({ revoked_at }) => revoked_at === null).toReversed()
  const revoked = keys.filter(({ revoked_at }) => revoked_at !== null).toReversed()
  const shown = isRevokedShown ? [...active, ...revoked] : active
  return (
    <section className="keys" aria-labelledby="keys-title">
      <div className="head">
        <h2 id="keys-title">{words.title}</h2>
        <span className="caption">{active.length > 0 && words.note(active.length)}</span>
        <span className="push row">
          {revoked.length > 0 && (
            <Button kind="quiet" onPress={() => setRevokedShown(!isRevokedShown)}>
              {isRevokedShown ? words.hideRevoked : words.showRevoked(revoked.length)}
            </Button>
          )}
          <Button onPress={() => setDialog('new')}>{words.create}</Button>
        </span>
      </div>
      {problem !== null && <p className="form-error">{problem}</p>}
      {shown.length === 0 ? (
        <p className="caption keys-none">{words.none}</p>
      ) : (
        <div className="panel">
          <table aria-labelledby="keys-title">
            <thead>
              <tr>
                <th>{words.columns.name}</th>
                <th className="col-key">{words.columns.key}</th>
                <th className="col-split">{words.columns.split}</th>
                <th>{words.columns.last}</th>
                <th className="right col-today">{words.columns.today}</th>
                <th className="col-actions">
                  <span className="visually-hidden">{words.edit}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((key) => (
                <KeyRow key={key.id} row={key} onEdit={() => setDialog(key)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shownDialog !== null && <KeyDialog {...(shownDialog === 'new' ? {} : { of: shownDialog })} onClose={close} />}
    </section>
  )
}

function KeyRow({ row, onEdit }: { row: KeyView; onEdit: () => void }) {
  const { name, prefix, last_request, last_used_at, requests_today, revoked_at } = row
  return (
    <tr className={revoked_at === null ? '' : 'is-revoked'}>
      <th scope="row">
        <a className="medium clip" href={linkTo('activity', null, { tool: name })} title={words.activity(name)}>
          {name}
        </a>
      </th>
      <td className="col-key mono">{prefix}…</td>
      <td className="col-split">
        <SplitOfKey row={row} />
      </td>
      <td className="clip">
        {last_request ? (
          <>
            {last_request.lane && <LaneIcon lane={last_request.lane} size={13} label={strings.laneLabels[last_request.lane]} />}{' '}
            <RelativeTime at={last_request.at} /> <span className="quiet-words">{last_request.deployment}</span>
          </>
        ) : (
          <span className="quiet-words">{last_used_at === null ? words.unused : <RelativeTime at={last_used_at} />}</span>
        )}
      </td>
      <td className="right col-today">{words.requests(requests_today)}</td>
      <td className="col-actions">
        {revoked_at === null ? (
          <span className="row">
            <Button kind="quiet" icon={Pencil} aria-label={words.editTitle(name)} onPress={onEdit} />
            <ArmedButton label={words.revoke} aria-label={words.revokeLabel(name)} onConfirm={() => void revoke(row)} />
          </span>
        ) : (
          <span className="quiet-words">
            {words.revokedOn} <RelativeTime at={revoked_at} />
          </span>
        )}
      </td>
    </tr>
  )
}

function SplitOfKey({ row: { lane_lock, remote_share } }: { row: KeyView }) {
  if (lane_lock !== null)
    return (
      <span className="key-split">
        <Lock className="icon" size={12} strokeWidth={2} aria-hidden />
        {lane_lock === 'local' ? words.never : words.onlyRemote}
      </span>
    )
  if (remote_share !== null)
    return (
      <span className="key-split">
        <Unlink className="icon" size={12} strokeWidth={2} aria-hidden />
        {words.share(percentOf(remote_share))}
      </span>
    )
  return <span className="quiet-words">{words.follows}</span>
}

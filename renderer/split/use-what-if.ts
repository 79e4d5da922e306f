/** Asks what another share would change while it is tried: one question at a time, the newest value next, the last answer kept until a newer one is here. */
import { useEffect, useRef, useState } from 'react'
import { askWhatIf, type WhatIfAnswer } from '../api/split.ts'

/** A gate that rests for so long is asked about. */
const restMs = 80

/** `remoteShare` 0–1; null = nothing is tried. */
export function useWhatIf(remoteShare: number | null): WhatIfAnswer | 'asking' | 'failed' | null {
  const [answer, setAnswer] = useState<WhatIfAnswer | 'asking' | 'failed' | null>(null)
  const wanted = useRef<number | null>(null)
  const isAsking = useRef(false)
  wanted.current = remoteShare

  useEffect(() => {
    if (remoteShare === null) {
      setAnswer(null)
      return
    }
    const timer = setTimeout(() => void ask(), restMs)
    return () => clearTimeout(timer)

    async function ask(): Promise<void> {
      if (isAsking.current) return
      isAsking.current = true
      setAnswer((last) => last ?? 'asking')
      try {
        for (let asked: number | null = null; wanted.current !== null && wanted.current !== asked; ) {
          asked = wanted.current
          const next = await askWhatIf({ remote_share: asked })
          if (wanted.current !== null) setAnswer(next)
        }
      } catch {
        if (wanted.current !== null) setAnswer('failed')
      } finally {
        isAsking.current = false
      }
    }
  }, [remoteShare])
  return answer
}

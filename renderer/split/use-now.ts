/** The wall clock as a value that moves: every second, or whenever a minute is enough. */
import { useEffect, useState } from 'react'

export function useNow(everyMs: number, isOn = true): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isOn) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, isOn])
  return now
}

/** How many conversations may move since the last change of the share, until it is answered or old. */
import { create } from 'zustand'

interface MovingState {
  /** 0 = none. */
  readonly sessions: number
  readonly id: number
}

export const useMoving = create<MovingState>()(() => ({ sessions: 0, id: 0 }))

export const tellMoving = (sessions: number): void => useMoving.setState(({ id }) => ({ sessions, id: id + 1 }))

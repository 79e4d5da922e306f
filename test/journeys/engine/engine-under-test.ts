/** The engine for tests, with the time that children need to start on a busy machine. */
import { vi } from 'vitest'

export * from './engine-parts.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

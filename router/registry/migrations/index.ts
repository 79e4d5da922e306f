/** The migrations in order; a database remembers how many it has had in `user_version`. Never change one that was released: add the next. */
import { initial } from './001-initial.ts'
import { panel } from './002-panel.ts'

export const migrations: readonly string[] = [initial, panel]

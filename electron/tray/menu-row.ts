/** A row of the tray menu as data, and what a click on it stands for. */
import type { Lane } from '../../router/core/deployment.ts'
import type { GuardKind } from '../../router/core/guard.ts'

/** What a row does; carried out by tray-actions.ts. */
export type TrayAction =
  | { readonly do: 'copy-url' | 'copy-key' | 'open' | 'pause' | 'resume' | 'retry' | 'restart-to-update' | 'quit' | 'quit-now' }
  | { readonly do: 'show'; readonly place: string }
  | { readonly do: 'preset'; readonly preset: 'local-only' | 'prefer-local' | 'balanced' | 'prefer-remote' | 'remote-only' }
  | { readonly do: 'override'; readonly lock: Lane; readonly length: number | 'tomorrow' | 'off' }
  | { readonly do: 'extend-override'; readonly minutes: number }
  | { readonly do: 'end-override' }
  | { readonly do: 'undo-guard' | 'redo-guard'; readonly kind: GuardKind }
  | { readonly do: 'share'; readonly model: string; readonly remoteShare: number | null }
  | { readonly do: 'load' | 'unload' | 'keep' | 'release'; readonly deployment: string }
  | { readonly do: 'pause-download'; readonly id: string }

export interface MenuRow {
  /** For tests and for what is clicked by name. */
  readonly id?: string
  readonly label?: string
  /** A second, smaller line where the system has one. */
  readonly sublabel?: string
  /** At the end of the row where the system has it. */
  readonly badge?: string
  readonly type?: 'separator' | 'header' | 'radio' | 'checkbox'
  readonly isChecked?: boolean
  readonly isEnabled?: boolean
  readonly accelerator?: string
  readonly action?: TrayAction
  readonly submenu?: readonly MenuRow[]
}

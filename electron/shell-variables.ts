/** The variables of the login shell: an app that is opened from the Finder has none of them, and `${VAR}` of the configuration means them. */
import { shellEnv } from 'shell-env'

type Variables = Readonly<Record<string, string | undefined>>

const PATIENCE_MS = 2_000

/** This process's variables over the shell's; the shell's PATH, which is the longer one. A shell that fails or takes longer than two seconds changes nothing. */
export async function withShellVariables(own: Variables): Promise<Variables> {
  const shell = await Promise.race([readShell(own['SHELL']), patience()])
  if (shell === null) return own
  return { ...shell, ...own, PATH: shell['PATH'] || own['PATH'] }
}

async function readShell(shell: string | undefined): Promise<Variables | null> {
  try {
    return await shellEnv(shell || undefined)
  } catch {
    return null
  }
}

function patience(): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null).unref())
}

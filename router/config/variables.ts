/** `${VAR}` and `${VAR:-default}` in scalars of files on disk: replaced once, after parsing, and never parsed again (security page, e37). */
import { parseEnv } from 'node:util'
import { ConfigurationError } from './configuration-error.ts'
import type { ReplaceScalar } from './yaml-text.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Stands in an endpoint or a credential for text that cannot be had: it switches one deployment off. */
export class UnsetVariable {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  /** Why the deployment is off, in words. */
  get reason(): string {
    return `${this.name} is not set`
  }
}

/** Keys whose unset variable switches a deployment off; anywhere else it is an error. */
const optionalKeys: ReadonlySet<string> = new Set(['endpoint', 'base_url', 'api_base', 'api_key'])

/** The value of a variable; an empty one counts as unset. */
export function variableOf(environment: Environment, name: string): string | null {
  return environment[name] || null
}

/** The process environment over the lines of a `.env` file. */
export function withEnvFile(environment: Environment, envFile: string | null): Environment {
  if (envFile === null) return environment
  const merged: Record<string, string | undefined> = Object.assign(Object.create(null), parseEnv(envFile))
  for (const [name, value] of Object.entries(environment)) if (value) merged[name] = value
  return merged
}

/** Replaces the variables of one file's scalars. Throws with the line of a variable that must be set and is not. */
export function replaceVariables(file: string, environment: Environment): ReplaceScalar {
  return (text, { path, line }) => {
    if (!text.includes('${')) return text
    let unset: string | null = null
    let result = ''
    let position = 0
    for (;;) {
      const start = text.indexOf('${', position)
      if (start === -1) break
      const found = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/.exec(text.slice(start, start + 4096))
      if (!found || found[2]?.includes('${')) throw new ConfigurationError(file, line, `write a variable as \${NAME} or \${NAME:-default}`)
      const [whole, name = '', fallback] = found
      const value = variableOf(environment, name) ?? fallback
      if (value === undefined) unset ??= name
      result += text.slice(position, start) + (value ?? '')
      position = start + whole.length
    }
    if (unset === null) return result + text.slice(position)
    if (optionalKeys.has(String(path.at(-1)))) return new UnsetVariable(unset)
    throw new ConfigurationError(file, line, `${unset} is not set; set it, or give a default: \${${unset}:-…}`)
  }
}

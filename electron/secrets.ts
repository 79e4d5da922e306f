/** Secrets sealed by the operating system (Keychain, Secret Service). Invariant: a secret is never in clear on the disk while sealing is available. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { safeStorage } from 'electron'
import type { SecretStore } from '../router/core/host.ts'
import { Secret } from '../router/index.ts'

/** Whether the system keeps a key for us. Ask after `ready`. */
export async function isSealingAvailable(): Promise<boolean> {
  if (!(await safeStorage.isAsyncEncryptionAvailable().catch(() => false))) return false
  // On Linux without a secret service the key would lie beside the lock.
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'
}

/** `plain`: where an earlier run without sealing put them; they move over when they are next read. */
export function createSealedSecrets(file: string, plain: SecretStore): SecretStore {
  const read = (): Record<string, string> => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {})
  const write = (sealed: Readonly<Record<string, string>>) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.part`, JSON.stringify(sealed), { mode: 0o600 })
    renameSync(`${file}.part`, file)
  }
  const seal = async (name: string, text: string) => {
    const sealed = (await safeStorage.encryptStringAsync(text)).toString('base64')
    write({ ...read(), [name]: sealed })
  }

  return {
    isProtected: true,
    async get(name) {
      const sealed = read()[name]
      if (sealed === undefined) {
        const found = await plain.get(name)
        if (found === null) return null
        await seal(name, found.reveal())
        await plain.remove(name)
        return found
      }
      // Null where the Keychain refuses (another signature, a denied question): the key has to be entered again.
      const opened = await safeStorage.decryptStringAsync(Buffer.from(sealed, 'base64')).catch(() => null)
      if (opened === null) return null
      if (opened.shouldReEncrypt) await seal(name, opened.result)
      return new Secret(opened.result)
    },
    async set(name, secret) {
      await seal(name, secret.reveal())
      await plain.remove(name)
    },
    async remove(name) {
      const { [name]: _, ...rest } = read()
      write(rest)
      await plain.remove(name)
    },
  }
}

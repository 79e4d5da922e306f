/** `ipcMain` of the double, and a way to call it as any frame: a page of ours, a foreign one, one inside another. */
import { EventEmitter } from 'node:events'
import { createEvent, strict } from './control.ts'

type Handler = (event: unknown, ...values: unknown[]) => unknown

export interface CallingFrame {
  readonly url: string
  readonly parent: unknown
}

class IpcMainDouble extends EventEmitter {
  readonly handlers = new Map<string, Handler>()
  handle = (channel: string, handler: Handler): void => {
    if (this.handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.handlers.set(channel, handler)
  }
  removeHandler = (channel: string) => void this.handlers.delete(channel)
}

export const ipcMain = strict('ipcMain', new IpcMainDouble())

/** What `ipcRenderer.invoke` comes to. Rejects in Electron's words. */
export async function invoke(channel: string, values: readonly unknown[], frame: CallingFrame | null, sender: unknown = {}): Promise<unknown> {
  const handler = ipcMain.handlers.get(channel)
  try {
    if (!handler) throw new Error(`No handler registered for '${channel}'`)
    const url = frame?.url ?? ''
    const senderFrame = frame && { ...frame, origin: URL.parse(url)?.origin ?? 'null', top: frame.parent ?? frame }
    return structuredClone(await handler(createEvent({ sender, senderFrame, type: 'frame' }), ...structuredClone(values)))
  } catch (error) {
    throw new Error(`Error invoking remote method '${channel}': ${error}`, { cause: error })
  }
}

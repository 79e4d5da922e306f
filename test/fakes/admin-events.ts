/** Follows `/admin/events` of a router, so that a test can wait for what happens instead of for time. */

export interface AdminEvent {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: each event has fields of its own; a test knows those that it waits for
  readonly [field: string]: any
}

export interface AdminEvents {
  /** Resolves with the first event after the last that it gave, already here or still to come, that satisfies the question. Rejects when the stream ends before. */
  next(question: (event: AdminEvent) => boolean): Promise<AdminEvent>
  close(): void
}

export async function followAdminEvents(url: string, token: string): Promise<AdminEvents> {
  const leaving = new AbortController()
  const reply = await fetch(`${url}/admin/events`, { headers: { authorization: `Bearer ${token}` }, signal: leaving.signal })
  const seen: AdminEvent[] = []
  let at = 0
  let isEnded = false
  let wake = () => {}
  void read()

  async function read(): Promise<void> {
    let text = ''
    try {
      for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk
        const events = text.split('\n\n')
        text = events.pop() as string
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1]
          if (data !== undefined) seen.push(JSON.parse(data))
        }
        wake()
      }
    } catch {
      // the test closed it
    }
    isEnded = true
    wake()
  }

  return {
    async next(question) {
      for (;;) {
        while (at >= seen.length) {
          if (isEnded) throw new Error(`the event stream ended after: ${JSON.stringify(seen.map(({ type }) => type))}`)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        const event = seen[at++] as AdminEvent
        if (question(event)) return event
      }
    },
    close: () => leaving.abort(),
  }
}

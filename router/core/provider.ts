/** Seam of a provider: where deployments live and how to reach them, as data. Anything true of one provider only is a quirk here, never an `if` elsewhere. */

export interface ProviderQuirks {
  /** Rejects `stream_options`: usage is then estimated. */
  readonly rejectsStreamOptions?: boolean
  /** May end a stream without a finish reason and still mean it. */
  readonly omitsFinishReason?: boolean
  /** A 503 with this text means that the model is being loaded: wait or go on, no failure. */
  readonly loadingPhrase?: string
  /** Models whose upstream name has this ending run elsewhere although the server is local. */
  readonly remoteModelSuffix?: string
  /** Path that tells whether a key is accepted, where the model list is open to everybody. */
  readonly keyPath?: string
}

export interface Provider {
  readonly kind: string
  readonly label: string
  /** Name of the dialect that it speaks. */
  readonly dialect: string
  /** Null = the configuration must give one. */
  readonly defaultBaseUrl: string | null
  readonly auth: 'bearer' | 'none'
  /** Environment variable that usually holds the key; read only when the configuration names no key. */
  readonly keyVariable: string | null
  /** Page where a person gets a key. */
  readonly keyPage?: string
  /** Paths below the base URL (or absolute from the origin with a leading `//`) tried in order by the free probe; the first that answers counts. */
  readonly probePaths: readonly string[]
  /** Model used where a rule names the provider only. */
  readonly defaultModel: string | null
  readonly extraHeaders?: Readonly<Record<string, string>>
  readonly quirks: ProviderQuirks
}

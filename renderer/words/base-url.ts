/** The address that OpenAI clients are pointed at, made of the router's own. */

/** `http://127.0.0.1:4777` → `http://127.0.0.1:4777/v1`; a `/v1` that is there stays one. */
export const baseUrl = (url: string): string => `${url.replace(/\/(v1)?\/?$/, '')}/v1`

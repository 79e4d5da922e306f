/** The OpenAI Chat Completions dialect: what tools speak to Headgate, and Headgate to OpenAI-compatible providers. */
import type { Dialect } from '../../core/dialect.ts'
import { classifyError } from './classify-error.ts'
import { decodeRequest } from './decode-request.ts'
import { edit, wantsUsage } from './edit.ts'
import { encoder } from './encode-answer.ts'
import { encodeError, encodeStreamError } from './errors.ts'
import { lastWords } from './last-words.ts'
import { read } from './read.ts'
import { type WatchOptions, watchStream } from './watch-stream.ts'
import { streamOfWhole, watchWhole } from './watch-whole.ts'

export const openaiChat = {
  name: 'openai-chat',
  paths: ['/v1/chat/completions'],
  upstreamPath: '/chat/completions',
  read,
  lastWords,
  edit,
  wantsUsage,
  watchStream: (includeUsage: boolean, options?: WatchOptions) => watchStream(includeUsage, options),
  watchWhole,
  streamOfWhole,
  decodeRequest,
  encoder,
  encodeError,
  encodeStreamError,
  keepAlive: Buffer.from(': keep-alive\n\n'),
  streamContentType: 'text/event-stream; charset=utf-8',
  classifyError,
} as const satisfies Dialect

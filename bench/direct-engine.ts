/** The baseline of `bench:engine` without llama-server: the best direct use of node-llama-cpp, in a process of its own with one pool thread. Talks to its parent in messages. */
import { getLlama, LlamaLogLevel, type Token } from 'node-llama-cpp'

const [file = '', threads = '1'] = process.argv.slice(2)
const llama = await getLlama({ build: 'never', gpu: 'auto', logLevel: LlamaLogLevel.error })
const model = await llama.loadModel({ modelPath: file })
let active = 0
let rounds = 0
const context = await model.createContext({
  sequences: 4,
  contextSize: 8192,
  batchSize: 512,
  threads: Number(threads),
  batching: {
    // Wait until every stream has queued its next token, so that one batch holds them all.
    itemPrioritizationStrategy: ({ items, size }) => {
      if (items.length < active && rounds++ < 12) return []
      rounds = 0
      return items.map((item) => ({ item, processAmount: Math.min(item.tokens.length, Math.floor(size / items.length)) }))
    },
  },
})
const sequences = Array.from({ length: 4 }, () => context.getSequence())

async function generate(place: number, prompt: string, count: number): Promise<number> {
  const sequence = sequences[place]
  if (!sequence) throw new Error('four streams at most')
  await sequence.clearHistory()
  const tokens: Token[] = model.tokenize(
    `<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`,
    true,
  )
  active++
  const answer = sequence.evaluateWithMetadata(tokens, {}, { temperature: 0, yieldEogToken: true })
  let made = 0
  for await (const { token } of answer) {
    model.detokenize([token])
    if (++made >= count || model.isEogToken(token)) break
  }
  active--
  return made
}

process.on('message', async ({ prompts, count }: { prompts: string[]; count: number }) => {
  const started = performance.now()
  const made = await Promise.all(prompts.map((prompt, place) => generate(place, prompt, count)))
  process.send?.({ tokensPerSecond: (made.reduce((sum, each) => sum + each, 0) / (performance.now() - started)) * 1000 })
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

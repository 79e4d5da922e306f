/** A conversation rendered with the model's own chat template. Invariant: message text, names, arguments and results stay text; only the template writes control tokens. */
import { type ChatHistoryItem, JinjaTemplateChatWrapper, LlamaText, type LlamaTextValue, SpecialTokensText, type Tokenizer } from 'node-llama-cpp'
import type { Conversation, Message, ToolDefinition } from '../core/conversation.ts'
import { HeadgateError } from '../core/errors.ts'
import { readAnswerOpening } from './answer-opening.ts'
import { createSentinels, type Sentinels } from './sentinels.ts'
import { type ModelSyntax, ownCallText, ownResultText, readModelSyntax, toolPreamble } from './tool-syntax.ts'

export interface RenderedPrompt {
  readonly text: LlamaText
  /** The template opened a reasoning section that the answer goes on with. */
  readonly startsInThought: boolean
}

export interface PromptRenderer {
  readonly syntax: ModelSyntax
  /** Throws `invalid-request` for images, odd tool names, and conversations that the template refuses. */
  render(conversation: Conversation, tools: readonly ToolDefinition[]): RenderedPrompt
}

type ModelPart = Extract<ChatHistoryItem, { type: 'model' }>['response'][number]

const TOOL_NAME = /^[\w.:/-]{1,128}$/

/** Reads the template once. Throws when it cannot be parsed or fails on plain conversations. */
export function createPromptRenderer(template: string, tokenizer: Tokenizer): PromptRenderer {
  const wrapper = new JinjaTemplateChatWrapper({ template, tokenizer })
  const syntax = readModelSyntax(wrapper, tokenizer)
  const opening = readAnswerOpening(template, wrapper)
  const isRisky = (text: string) =>
    /[<[{|｜▁]/.test(text) && tokenizer(text, true, 'trimLeadingSpace').some((token) => tokenizer.isSpecialToken(token))
  return {
    syntax,
    render(conversation, tools) {
      checkConversation(conversation, tools)
      const everything = JSON.stringify([conversation.messages, tools])
      const sentinels = createSentinels((mark) => !everything.includes(mark))
      const history = syntax.templateKnowsTools
        ? historyForTemplate(conversation.messages, syntax, sentinels, isRisky)
        : historyInOwnForm(conversation.messages, tools)
      const continues = conversation.messages.at(-1)?.role === 'assistant'
      if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] })
      const availableFunctions = syntax.templateKnowsTools && tools.length > 0 ? sentinels.hideRisky(functionsOf(tools), isRisky) : undefined
      const rendered = reveal(renderHistory(wrapper, history, availableFunctions), sentinels)
      const text = continues ? rendered : opening.corrected(rendered)
      const end = text.toString().trimEnd()
      const prefix = syntax.thought?.prefix.trim() ?? ''
      return { text, startsInThought: syntax.opensThought || (prefix !== '' && end.endsWith(prefix)) }
    },
  }
}

function renderHistory(
  wrapper: JinjaTemplateChatWrapper,
  chatHistory: ChatHistoryItem[],
  functions: ReturnType<typeof functionsOf> | undefined,
): LlamaText {
  try {
    return wrapper.generateContextState({ chatHistory, ...(functions ? { availableFunctions: functions as never } : {}) }).contextText
  } catch (error) {
    throw new HeadgateError('invalid-request', `The model's chat template refuses this conversation: ${(error as Error).message}`, {
      param: 'messages',
      cause: error,
    })
  }
}

function checkConversation({ messages }: Conversation, tools: readonly ToolDefinition[]): void {
  for (const [index, message] of messages.entries())
    if (message.content.some(({ type }) => type === 'image'))
      throw new HeadgateError('invalid-request', 'The local engine does not read images.', { param: `messages[${index}].content` })
  for (const [index, { name }] of tools.entries())
    if (!TOOL_NAME.test(name))
      throw new HeadgateError('invalid-request', `The tool name ${JSON.stringify(name.slice(0, 140))} may hold letters, digits and _ . : / - only.`, {
        param: `tools[${index}].function.name`,
      })
}

function functionsOf(tools: readonly ToolDefinition[]): Record<string, { description?: string; params?: unknown }> {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      { ...(description === undefined ? {} : { description }), ...(parameters === undefined ? {} : { params: parameters }) },
    ]),
  )
}

/** For a template that renders calls and results itself: assistant turns of one tool loop become one item, as the library wants it. */
function historyForTemplate(
  messages: readonly Message[],
  { thought }: ModelSyntax,
  sentinels: Sentinels,
  isRisky: (text: string) => boolean,
): ChatHistoryItem[] {
  const results = new Map(messages.flatMap((message) => (message.toolCallId === undefined ? [] : [[message.toolCallId, textOf(message)] as const])))
  const answered = new Set(messages.flatMap(({ toolCalls }) => toolCalls?.map(({ id }) => id) ?? []))
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  const history: ChatHistoryItem[] = []
  for (const [index, message] of messages.entries()) {
    if (message.role === 'system') history.push({ type: 'system', text: textOf(message) })
    else if (message.role === 'user') history.push({ type: 'user', text: textOf(message) })
    else if (message.role === 'tool') {
      if (!answered.has(message.toolCallId ?? '')) history.push({ type: 'user', text: ownResultText(textOf(message)) })
    } else {
      const parts: ModelPart[] = []
      // Reasoning of past turns is not shown to the model again; inside a tool loop it goes on thinking where it was.
      if (message.reasoning !== undefined && thought && index > lastUser)
        parts.push({ type: 'segment', segmentType: 'thought', text: message.reasoning, ended: true })
      const text = textOf(message)
      if (text !== '') parts.push(text)
      for (const [position, call] of (message.toolCalls ?? []).entries())
        parts.push({
          type: 'functionCall',
          name: sentinels.hideRisky(call.name, isRisky),
          params: sentinels.hideRisky(parsedArguments(call.arguments), isRisky),
          result: sentinels.hide(results.get(call.id) ?? ''),
          startsNewChunk: position === 0,
        })
      const last = history.at(-1)
      if (last?.type === 'model') last.response.push(...parts)
      else history.push({ type: 'model', response: parts })
    }
  }
  return history
}

/** For a template without tools: calls and results as text of our own form. */
function historyInOwnForm(messages: readonly Message[], tools: readonly ToolDefinition[]): ChatHistoryItem[] {
  const history: ChatHistoryItem[] = messages.map((message) => {
    const text = textOf(message)
    if (message.role === 'system') return { type: 'system', text }
    if (message.role === 'user') return { type: 'user', text }
    if (message.role === 'tool') return { type: 'user', text: ownResultText(text) }
    const calls = (message.toolCalls ?? []).map((call) => ownCallText(call.name, call.arguments))
    return { type: 'model', response: [[text, ...calls].filter((part) => part !== '').join('\n')] }
  })
  if (tools.length > 0) {
    const preamble = toolPreamble(tools)
    const first = history[0]
    if (first?.type === 'system') history[0] = { type: 'system', text: `${first.text as string}\n\n${preamble}` }
    else history.unshift({ type: 'system', text: preamble })
  }
  return history
}

function textOf({ content }: Message): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
}

/** Templates may walk through the arguments, so they must be a value; text that is no JSON stays text. */
function parsedArguments(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Puts hidden text back, as text: between pieces of the template in which control tokens count. */
function reveal(rendered: LlamaText, sentinels: Sentinels): LlamaText {
  return LlamaText(
    rendered.values.flatMap((value): LlamaTextValue[] => {
      if (typeof value === 'string') {
        // a result that the library has put in quotes
        const bare = value.startsWith('"') && value.endsWith('"') ? sentinels.reveal(value.slice(1, -1)) : []
        if (bare.length === 1 && bare[0]!.hidden) return [bare[0]!.text]
        return [
          sentinels
            .reveal(value)
            .map(({ text }) => text)
            .join(''),
        ]
      }
      if (!(value instanceof SpecialTokensText)) return [value]
      return sentinels.reveal(value.value).map(({ text, hidden }) => (hidden ? text : new SpecialTokensText(text)))
    }),
  )
}

/** How a loaded model writes tool calls and reasoning: read from its template's settings; one JSON form of ours where the template knows no tools. */
import { type ChatWrapperSettings, type JinjaTemplateChatWrapper, LlamaText, SpecialTokensText, type Tokenizer } from 'node-llama-cpp'
import type { ToolDefinition } from '../core/conversation.ts'
import type { AnswerSyntax, CallSyntax } from './answer-parser.ts'

export interface ModelSyntax {
  readonly calls: CallSyntax
  /** The template renders tools, calls and results itself. */
  readonly templateKnowsTools: boolean
  readonly thought: AnswerSyntax['thought']
  /** The template opens the reasoning at the start of every answer. */
  readonly opensThought: boolean
}

/** Our own form, for models whose template knows no tools; the most common one in training data. */
const ownCalls: CallSyntax = {
  open: '<tool_call>\n{"name": "',
  next: '<tool_call>\n{"name": "',
  afterName: '", "arguments": ',
  suffix: '}\n</tool_call>',
  sectionSuffix: '',
  stringified: false,
}

/** Reads the form of calls and reasoning from a wrapper that has looked at the file's template. */
export function readModelSyntax(wrapper: JinjaTemplateChatWrapper, tokenizer: Tokenizer): ModelSyntax {
  const { functions, segments } = wrapper.settings
  const templateKnowsTools = wrapper.usingJinjaFunctionCallTemplate
  const thought = segments?.thought
  const prefix = thought === undefined ? '' : isOpenedOnStart(thought.prefix) ? '' : markerText(thought.prefix)
  const suffix = thought?.suffix === undefined ? '' : markerText(thought.suffix)
  return {
    calls: templateKnowsTools ? templateCalls(functions, tokenizer) : ownCalls,
    templateKnowsTools,
    thought: suffix === '' ? null : { prefix, suffix },
    opensThought: thought !== undefined && isOpenedOnStart(thought.prefix) && suffix !== '',
  }
}

/** The system text of ours that lists tools and their form. */
export function toolPreamble(tools: readonly ToolDefinition[]): string {
  const listed = tools.map(({ name, description, parameters }) => JSON.stringify({ name, description, parameters: parameters ?? { type: 'object' } }))
  return [
    'You can call these functions (name, description, JSON schema of the arguments):',
    ...listed,
    'To call one, write exactly this, with the arguments as JSON, and nothing after it:',
    `${ownCalls.open}NAME${ownCalls.afterName}{}${ownCalls.suffix}`,
    'The result then follows between <tool_response> and </tool_response>. Call a function only when you need it.',
  ].join('\n')
}

/** One call as our own form writes it. */
export function ownCallText(name: string, argumentsText: string): string {
  return `${ownCalls.open}${name}${ownCalls.afterName}${argumentsText.trim() === '' ? '{}' : argumentsText}${ownCalls.suffix}`
}

/** One result as our own form shows it to the model. */
export function ownResultText(result: string): string {
  return `<tool_response>\n${result}\n</tool_response>`
}

function templateCalls({ call, parallelism }: ChatWrapperSettings['functions'], tokenizer: Tokenizer): CallSyntax {
  const prefix = markerText(call.prefix)
  const section = parallelism?.call
  return {
    open: markerText(section?.sectionPrefix ?? '') + prefix,
    next: markerText(section?.betweenCalls ?? '') + prefix,
    afterName: markerText(call.paramsPrefix),
    suffix: withinTurn(markerText(call.suffix), tokenizer),
    sectionSuffix: withinTurn(markerText(section?.sectionSuffix ?? ''), tokenizer),
    stringified: markerText(call.paramsPrefix).trimEnd().endsWith('"'),
  }
}

function isOpenedOnStart(prefix: string | LlamaText | { type: string }): prefix is { type: 'openedOnStart' } {
  return typeof prefix === 'object' && !LlamaText.isLlamaText(prefix)
}

/** Text of a marker up to a built-in token such as the end of a turn, which never shows as text. */
function markerText(marker: string | LlamaText): string {
  let text = ''
  for (const value of LlamaText(marker).values) {
    if (typeof value === 'string') text += value
    else if (value instanceof SpecialTokensText) text += value.value
    else break
  }
  return text
}

/** A marker up to the token that ends the turn: what the template puts behind that is not written by the model. */
function withinTurn(text: string, tokenizer: Tokenizer): string {
  const tokens = tokenizer(text, true, 'trimLeadingSpace')
  const end = tokens.findIndex((token) => tokenizer.isEogToken(token))
  return end < 0 ? text : tokenizer.detokenize(tokens.slice(0, end), true)
}

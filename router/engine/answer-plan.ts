/** What one request asks of its answer: which markers to look for, which grammar to follow, what may end it. */
import type { LlamaModel, Token } from 'node-llama-cpp'
import type { Conversation, ToolDefinition } from '../core/conversation.ts'
import { HeadgateError } from '../core/errors.ts'
import type { AnswerSyntax } from './answer-parser.ts'
import { answerOrCallGrammar, callGrammar } from './call-grammar.ts'
import { schemaToGrammar } from './json-schema-grammar.ts'
import type { ModelSyntax } from './tool-syntax.ts'

export interface AnswerPlan {
  readonly syntax: AnswerSyntax
  /** Text of a control token that the parser must see; null = hidden or not a control token. */
  marker(token: number): string | null
  /** Grammar from the first token of text on; null = free. */
  readonly answerGrammar: string | null
  /** Grammar of a call from what is still missing before its name; null = no tools, or arguments that no grammar can hold. */
  readonly callGrammar: ((before: string) => string) | null
  /** The answer ends with its first call. */
  readonly oneCallOnly: boolean
  readonly warnings: readonly string[]
}

/** Tools that the model is told of: none where the caller forbids calls, one where the caller names it. */
export function offeredTools({ tools, toolChoice }: Conversation): readonly ToolDefinition[] {
  if (toolChoice === 'none') return []
  if (typeof toolChoice === 'string') return tools
  const named = tools.filter(({ name }) => name === toolChoice.name)
  if (named.length === 0)
    throw new HeadgateError('invalid-request', `tool_choice names ${JSON.stringify(toolChoice.name)}, which is not among the tools.`, {
      param: 'tool_choice',
    })
  return named
}

/** Plans the answer. Throws `invalid-request` for a schema that cannot be enforced. */
export function planAnswer(
  model: LlamaModel,
  syntax: ModelSyntax,
  request: { readonly conversation: Conversation; readonly tools: readonly ToolDefinition[]; readonly startsInThought: boolean },
): AnswerPlan {
  const { conversation, tools, startsInThought } = request
  const hasTools = tools.length > 0
  const mustCall = hasTools && conversation.toolChoice !== 'auto'
  const format = answerFormat(conversation)
  const canConstrain = hasTools && !syntax.calls.stringified
  const callsOnly = mustCall && canConstrain
  const markers = markerTokens(model, [
    ...(hasTools ? [syntax.calls.open, syntax.calls.next, syntax.calls.afterName, syntax.calls.suffix, syntax.calls.sectionSuffix] : []),
    ...(syntax.thought ? [syntax.thought.prefix, syntax.thought.suffix] : []),
  ])
  return {
    syntax: {
      thought: syntax.thought,
      startsInThought: startsInThought && syntax.thought !== null,
      calls: hasTools ? syntax.calls : null,
      callsOnly,
      stops: callsOnly ? [] : conversation.stop.filter((stop) => stop !== ''), // they are looked for in text, and there is none
    },
    marker: (token) => markers.get(token) ?? null,
    answerGrammar: callsOnly
      ? callGrammar(tools, syntax.calls, syntax.calls.open.trimStart())
      : format === null
        ? null
        : canConstrain
          ? answerOrCallGrammar(format.grammar, tools, syntax.calls)
          : format.grammar,
    callGrammar: canConstrain ? (before) => callGrammar(tools, syntax.calls, before) : null,
    oneCallOnly: hasTools && (!conversation.parallelToolCalls || typeof conversation.toolChoice !== 'string'),
    warnings: format?.warnings ?? [],
  }
}

function answerFormat({ responseFormat }: Conversation): { readonly grammar: string; readonly warnings: readonly string[] } | null {
  if (responseFormat.type === 'text') return null
  if (responseFormat.type === 'json') return schemaToGrammar({ type: 'object' }, { strict: false })
  return schemaToGrammar(responseFormat.schema, { strict: responseFormat.strict })
}

/** Control tokens in these texts, which would otherwise not show in the output. */
function markerTokens(model: LlamaModel, texts: readonly string[]): Map<number, string> {
  const markers = new Map<number, string>()
  for (const text of texts)
    for (const token of model.tokenize(text, true, 'trimLeadingSpace') as Token[]) {
      if (markers.has(token) || model.isEogToken(token) || !model.isSpecialToken(token)) continue
      if (model.detokenize([token], false) === '') markers.set(token, model.detokenize([token], true))
    }
  return markers
}

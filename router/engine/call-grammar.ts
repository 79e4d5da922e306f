/** Grammars that make tool calls valid by construction: name and arguments of a known tool in the model's own form. */
import type { ToolDefinition } from '../core/conversation.ts'
import type { CallSyntax } from './answer-parser.ts'
import { gbnfLiteral, withRulePrefix } from './gbnf.ts'
import { schemaToGrammar } from './json-schema-grammar.ts'

/** Grammar of one call whose `before` (the rest of the opening) has not been written yet; alternatives over `tools`. */
export function callGrammar(tools: readonly ToolDefinition[], syntax: CallSyntax, before: string): string {
  const rules = tools.map((tool, index) => withRulePrefix(argumentsGrammar(tool), `t${index}`))
  const calls = tools.map((tool, index) => `${gbnfLiteral(tool.name + syntax.afterName)} t${index}-root`)
  const parts = [before === '' ? '' : gbnfLiteral(before), `(${calls.join(' | ')})`, syntax.suffix === '' ? '' : gbnfLiteral(syntax.suffix)]
  return [`root ::= ${parts.filter((part) => part !== '').join(' ')}`, ...rules].join('\n')
}

/** Either an answer of `answer` (a whole grammar) or one call: for requests with both a response format and tools. */
export function answerOrCallGrammar(answer: string, tools: readonly ToolDefinition[], syntax: CallSyntax): string {
  return [
    'root ::= answer-root | call-root',
    withRulePrefix(answer, 'answer'),
    withRulePrefix(callGrammar(tools, syntax, syntax.open.trimStart()), 'call'),
  ].join('\n')
}

/** Grammar of any JSON object, or of the tool's schema. A tool without a schema takes an object. */
export function argumentsGrammar(tool: ToolDefinition): string {
  const schema = tool.parameters
  const isEmpty = schema === undefined || schema === null || (typeof schema === 'object' && Object.keys(schema).length === 0)
  return schemaToGrammar(isEmpty ? { type: 'object' } : schema, { strict: tool.strict ?? false }).grammar
}

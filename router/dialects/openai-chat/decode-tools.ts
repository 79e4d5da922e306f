/** Decodes the tools of a request and the choice between them; the legacy `functions` form is the same thing. */
import type { ToolChoice, ToolDefinition } from '../../core/conversation.ts'
import type { ParsedBody } from '../../core/json-text.ts'
import { checkSchema, SCHEMA_LIMIT_BYTES } from './check-schema.ts'
import { invalid, optional } from './fields.ts'
import { isRecord, type Json } from './wire.ts'

const TOOLS_LIMIT = 512
const NAME_LIMIT = 128

/** Throws with `tools[i]…` (row d36): too many, a name that is too long or no plain word, a schema that cannot be used, another kind of tool. */
export function decodeTools(body: ParsedBody): readonly ToolDefinition[] {
  const spans = [body.members.get('tools'), body.members.get('functions')]
  const mayBeLarge = spans.some((span) => span !== undefined && span.end - span.start > SCHEMA_LIMIT_BYTES)
  const tools = listOf(body.value['tools'], 'tools').map((tool, index) => {
    const param = `tools[${index}]`
    if (!isRecord(tool)) throw invalid('invalid_type', param, `${param} must be an object.`)
    if (tool['type'] !== undefined && tool['type'] !== 'function')
      throw invalid('invalid_value', `${param}.type`, `${param} is no function; other kinds of tools cannot run here.`)
    return decodeFunction(tool['function'], `${param}.function`, mayBeLarge)
  })
  if (tools.length > 0) return tools
  return listOf(body.value['functions'], 'functions').map((tool, index) => decodeFunction(tool, `functions[${index}]`, mayBeLarge))
}

/** `tool_choice`, or the legacy `function_call`. Throws `invalid_value` for a function that is not among the tools (row d37). */
export function decodeToolChoice(value: Json, tools: readonly ToolDefinition[]): ToolChoice {
  const isLegacy = value['tool_choice'] === undefined || value['tool_choice'] === null
  const param = isLegacy ? 'function_call' : 'tool_choice'
  const choice = value[param]
  if (choice === undefined || choice === null) return 'auto'
  if (choice === 'auto' || choice === 'none') return choice
  if (choice === 'required') {
    if (tools.length === 0) throw invalid('invalid_value', param, `${param} is required, but there are no tools.`)
    return choice
  }
  const target = isRecord(choice) && !isLegacy ? choice['function'] : choice
  const name = isRecord(target) ? target['name'] : undefined
  if (typeof name !== 'string' || !tools.some((tool) => tool.name === name))
    throw invalid('invalid_value', param, `${param} must be auto, none, required or a function of the request.`)
  return { name }
}

function listOf(list: unknown, param: string): readonly unknown[] {
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) throw invalid('invalid_type', param, `${param} must be an array.`)
  if (list.length > TOOLS_LIMIT) throw invalid('too_many_items', `${param}[${TOOLS_LIMIT}]`, `${param} has more than ${TOOLS_LIMIT} entries.`)
  return list
}

function decodeFunction(definition: unknown, param: string, mayBeLarge: boolean): ToolDefinition {
  if (!isRecord(definition)) throw invalid('invalid_type', param, `${param} must be an object.`)
  const { name, parameters } = definition
  if (typeof name !== 'string') throw invalid('invalid_type', `${param}.name`, `${param}.name must be a string.`)
  if (name.length > NAME_LIMIT) throw invalid('string_too_long', `${param}.name`, `${param}.name is longer than ${NAME_LIMIT} characters.`)
  if (!/^[\w.:/-]+$/.test(name)) throw invalid('invalid_value', `${param}.name`, `${param}.name may hold letters, digits, _ - . : and / only.`)
  const description = optional(definition['description'], 'string', `${param}.description`)
  const strict = optional(definition['strict'], 'boolean', `${param}.strict`)
  const hasParameters = parameters !== undefined && parameters !== null
  if (hasParameters) checkSchema(parameters, `${param}.parameters`)
  if (hasParameters && mayBeLarge) checkSize(parameters, `${param}.parameters`)
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(hasParameters ? { parameters } : {}),
    ...(strict === undefined ? {} : { strict }),
  }
}

function checkSize(parameters: unknown, param: string): void {
  if (Buffer.byteLength(JSON.stringify(parameters)) > SCHEMA_LIMIT_BYTES) throw invalid('invalid_schema', param, `${param} is larger than 256 kB.`)
}

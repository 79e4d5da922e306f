/**
 * How a template opens an answer. The library renders an empty assistant message and cuts there, which some templates treat as an answer without
 * reasoning; here the end of a prompt becomes what the template itself writes for `add_generation_prompt`.
 */
import { type ChatHistoryItem, JinjaTemplateChatWrapper, LlamaText, SpecialTokensText } from 'node-llama-cpp'

export interface AnswerOpening {
  /** A prompt that ends where an empty assistant message begins, with the template's own opening instead. */
  corrected(prompt: LlamaText): LlamaText
}

/** Compares both ways once, on a short conversation. Where the template knows no generation prompt, nothing is changed. */
export function readAnswerOpening(template: string, wrapper: JinjaTemplateChatWrapper): AnswerOpening {
  const question: ChatHistoryItem = { type: 'user', text: 'x' }
  const ofEmpty = endOf(wrapper, [question, { type: 'model', response: [] }])
  const ofGeneration = template.includes('add_generation_prompt') ? endOf(generating(template), [question]) : ''
  if (ofGeneration === '' || ofEmpty === ofGeneration) return { corrected: (prompt) => prompt }
  let shared = 0
  while (shared < ofEmpty.length && ofEmpty[shared] === ofGeneration[shared]) shared++
  const remove = ofEmpty.slice(shared)
  const add = ofGeneration.slice(shared)
  return {
    corrected(prompt) {
      const values = [...prompt.values]
      const last = values.at(-1)
      if (!(last instanceof SpecialTokensText) || !last.value.endsWith(remove)) return prompt
      values[values.length - 1] = new SpecialTokensText(last.value.slice(0, last.value.length - remove.length) + add)
      return LlamaText(values)
    },
  }
}

function generating(template: string): JinjaTemplateChatWrapper | null {
  try {
    return new JinjaTemplateChatWrapper({ template, additionalRenderParameters: { add_generation_prompt: true } })
  } catch {
    return null
  }
}

/** What the template writes after the last message. */
function endOf(wrapper: JinjaTemplateChatWrapper | null, chatHistory: ChatHistoryItem[]): string {
  const last = wrapper?.generateContextState({ chatHistory }).contextText.values.at(-1)
  return last instanceof SpecialTokensText ? last.value : ''
}

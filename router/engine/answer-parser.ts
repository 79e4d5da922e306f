/**
 * The model's text to parts of an answer: reasoning, text, tool calls; finds stop strings in text only.
 * Invariant: every character is emitted once or belongs to a marker; a call that breaks off its form is shown as text, not lost.
 */
import type { AnswerPart } from '../core/conversation.ts'
import { argumentsReader } from './call-arguments.ts'
import { findFirst, heldEnd, matchLoosely } from './text-stream.ts'

/** How a model writes calls. `open` + name + `afterName` + arguments + `suffix`; a further call starts with `next`. */
export interface CallSyntax {
  readonly open: string
  readonly next: string
  readonly afterName: string
  readonly suffix: string
  readonly sectionSuffix: string
  /** The arguments stand as a JSON string that holds JSON. */
  readonly stringified: boolean
}

export interface AnswerSyntax {
  readonly thought: { readonly prefix: string; readonly suffix: string } | null
  /** The prompt already opened the reasoning. */
  readonly startsInThought: boolean
  /** Null = text that looks like a call is text. */
  readonly calls: CallSyntax | null
  /** The answer is calls and nothing else: a grammar holds it so up to its first call, and text after a call ends it, unseen. */
  readonly callsOnly: boolean
  readonly stops: readonly string[]
}

/** Where the parser stands; the grammar follows it. `head` = after the trigger of a call, `arguments` and `tail` inside one. */
export type ParserPlace = 'text' | 'thought' | 'head' | 'arguments' | 'tail' | 'after-call'

export interface AnswerParser {
  /** Parts that became certain. */
  push(text: string): AnswerPart[]
  /** Parts held back, at the end of the answer. */
  flush(): AnswerPart[]
  readonly place: ParserPlace
  /** A stop string was found: the answer is over. */
  readonly stopped: boolean
  readonly completeCalls: number
  /** In `head`: what must still come before the name (null when the text already left the form). */
  readonly beforeName: string | null
}

const NAME = /^[\w.:/-]+/

/** The part of `open` that is looked for: up to the JSON, which models space as they like; all of it where it starts with JSON. */
export function callTrigger({ open }: CallSyntax): string {
  const text = open.trimStart()
  const json = text.indexOf('{')
  return json > 0 && text.slice(0, json).trim() !== '' ? text.slice(0, json).trimEnd() : text.trimEnd()
}

/** Parser of one answer. `newId` makes the id of a call. */
export function createAnswerParser(syntax: AnswerSyntax, newId: () => string): AnswerParser {
  const { thought, calls, callsOnly, stops } = syntax
  const trigger = calls ? callTrigger(calls) : ''
  const headRest = calls ? calls.open.slice(calls.open.indexOf(trigger) + trigger.length) : ''
  const thoughtPrefix = thought?.prefix.trim() ?? ''
  const thoughtSuffix = thought?.suffix.trim() ?? ''
  const textNeedles = [...stops, trigger, thoughtPrefix].filter((needle) => needle !== '')

  const hasMarkers = trigger !== '' || thoughtPrefix !== ''

  let place: ParserPlace = syntax.startsInThought ? 'thought' : 'text'
  let buffer = ''
  let opened = '' // text of the call's head, in case it turns out to be none
  let rest = ''
  let stopped = false
  let started = 0
  let complete = 0
  let trimStart = false // blanks after reasoning or a call are layout
  let reader = argumentsReader(false)
  let parts: AnswerPart[] = []

  const emit = (type: 'text' | 'reasoning', text: string) => {
    const shown = trimStart ? text.trimStart() : text
    if (shown === '' || (type === 'text' && callsOnly)) return // what is left of a marker that the token limit cut
    trimStart = false
    const last = parts.at(-1)
    if (last?.type === type) parts[parts.length - 1] = { type, text: last.text + shown }
    else parts.push({ type, text: shown })
  }

  /** Emits what cannot be the start of a marker any more; blanks before a marker are layout and wait with it. */
  const release = (type: 'text' | 'reasoning', needles: readonly string[], holdBlanks: boolean) => {
    const certain = buffer.slice(0, buffer.length - heldEnd(buffer, needles))
    const length = holdBlanks ? certain.trimEnd().length : certain.length
    emit(type, buffer.slice(0, length))
    buffer = buffer.slice(length)
  }

  /** One step; false = needs more text. */
  const step = (): boolean => {
    switch (place) {
      case 'text':
        return inText()
      case 'thought':
        return inThought()
      case 'head':
        return inHead()
      case 'arguments':
        return inArguments()
      case 'tail':
        return inTail()
      case 'after-call':
        return afterCall()
    }
  }

  const inText = () => {
    const found = findFirst(buffer, textNeedles)
    if (!found) {
      release('text', textNeedles, hasMarkers)
      return false
    }
    const isStop = stops.includes(found.needle)
    const before = buffer.slice(0, found.index)
    emit('text', isStop ? before : before.trimEnd())
    buffer = buffer.slice(found.index + found.needle.length)
    if (isStop) {
      stopped = true
      buffer = ''
      return false
    }
    if (found.needle === thoughtPrefix) {
      place = 'thought'
      trimStart = true
      return true
    }
    place = 'head'
    opened = before.slice(before.trimEnd().length) + found.needle
    rest = headRest
    return true
  }

  const inThought = () => {
    const found = findFirst(buffer, [thoughtSuffix])
    if (found) {
      emit('reasoning', buffer.slice(0, found.index).trimEnd())
      buffer = buffer.slice(found.index + found.needle.length)
      place = 'text'
      trimStart = true
      return true
    }
    release('reasoning', [thoughtSuffix], true)
    return false
  }

  const inHead = () => {
    const head = matchLoosely(buffer, rest)
    if (head === 'partial') return false
    if (head === 'no') return notACall()
    const afterHead = buffer.slice(head).replace(/^\s+/, '')
    const name = NAME.exec(afterHead)?.[0]
    if (name === undefined) return afterHead === '' ? false : notACall()
    if (name.length === afterHead.length) return false
    const tail = matchLoosely(afterHead.slice(name.length), calls!.afterName)
    if (tail === 'partial') return false
    if (tail === 'no') return notACall()
    parts.push({ type: 'tool-call', index: started++, id: newId(), name })
    buffer = afterHead.slice(name.length + tail)
    reader = argumentsReader(calls!.stringified)
    place = 'arguments'
    return true
  }

  const notACall = () => {
    emit('text', opened + buffer)
    buffer = ''
    place = 'text'
    stopped = callsOnly // a further call that is none ends the answer as text would
    return false
  }

  const inArguments = () => {
    const { text, consumed, ended } = reader.push(buffer)
    if (text !== '') parts.push({ type: 'tool-arguments', index: started - 1, text })
    buffer = buffer.slice(consumed)
    if (!ended) return false
    place = 'tail'
    return true
  }

  const inTail = () => {
    const tail = matchLoosely(buffer, calls!.suffix)
    if (tail === 'partial') return false
    if (tail !== 'no') buffer = buffer.slice(tail)
    complete++
    place = 'after-call'
    return true
  }

  const afterCall = () => {
    const next = matchLoosely(buffer, calls!.next)
    if (next === 'partial') return false
    if (next !== 'no') {
      opened = buffer.slice(0, next)
      buffer = buffer.slice(next)
      rest = ''
      place = 'head'
      return true
    }
    const end = matchLoosely(buffer, calls!.sectionSuffix)
    if (end === 'partial' && calls!.sectionSuffix !== '') return false
    if (end !== 'no') buffer = buffer.slice(end as number)
    buffer = buffer.replace(/^[\s}\])]+/, '') // closing marks of a form that the template keeps with the result
    if (buffer === '') return false
    if (callsOnly) {
      stopped = true
      buffer = ''
      return false
    }
    place = 'text'
    trimStart = true
    return true
  }

  const take = () => {
    const taken = parts
    parts = []
    return taken
  }

  return {
    push(text) {
      if (stopped) return []
      buffer += text
      while (step());
      return take()
    },
    flush() {
      if (place === 'text') emit('text', buffer)
      else if (place === 'thought') emit('reasoning', buffer.trimEnd())
      else if (place === 'head') notACall()
      else if (place === 'tail') complete++ // the arguments are whole; only layout is missing
      buffer = ''
      return take()
    },
    get place() {
      return place
    },
    get stopped() {
      return stopped
    },
    get completeCalls() {
      return complete
    },
    get beforeName() {
      if (rest.startsWith(buffer)) return rest.slice(buffer.length)
      return buffer.trim() === '' ? rest.trimStart() : null
    },
  }
}

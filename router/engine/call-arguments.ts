/** Finds the end of a tool call's arguments in text that arrives in pieces. Pure. */

export interface ArgumentsReader {
  /** `text` = argument text to pass on (JSON), `consumed` = characters of the input used, `ended` = the value is whole. */
  push(input: string): { readonly text: string; readonly consumed: number; readonly ended: boolean }
}

/** Reader of one JSON value; `stringified` = it stands as a JSON string that holds JSON, and is passed on when whole. */
export function argumentsReader(stringified: boolean): ArgumentsReader {
  return stringified ? stringReader() : valueReader()
}

/** Follows brackets and strings of an object as it streams. */
function valueReader(): ArgumentsReader {
  let depth = 0
  let inString = false
  let escaped = false
  let begun = false
  return {
    push(input) {
      let start = 0
      if (!begun) {
        while (start < input.length && /\s/.test(input[start]!)) start++
        if (start >= input.length) return { text: '', consumed: input.length, ended: false }
        if (input[start] !== '{' && input[start] !== '[') return { text: '{}', consumed: start, ended: true } // a call without arguments
        begun = true
      }
      for (let i = start; i < input.length; i++) {
        const character = input[i]!
        if (inString) {
          if (escaped) escaped = false
          else if (character === '\\') escaped = true
          else if (character === '"') inString = false
        } else if (character === '"') inString = true
        else if (character === '{' || character === '[') depth++
        else if ((character === '}' || character === ']') && --depth === 0) return { text: input.slice(start, i + 1), consumed: i + 1, ended: true }
      }
      return { text: input.slice(start), consumed: input.length, ended: false }
    },
  }
}

/** Waits for the whole JSON string (its opening quote may belong to the marker before it) and passes on what it holds. */
function stringReader(): ArgumentsReader {
  let held = ''
  return {
    push(input) {
      const text = held + input
      const start = /^\s*"?/.exec(text)![0].length
      for (let i = start; i < text.length; i++) {
        if (text[i] === '\\') i++
        else if (text[i] === '"') {
          return { text: unescaped(text.slice(start, i)), consumed: i + 1 - held.length, ended: true }
        }
      }
      held = text
      return { text: '', consumed: input.length, ended: false }
    },
  }
}

/** The text of a JSON string's inside; as it stands where it is not valid JSON. */
function unescaped(inside: string): string {
  try {
    return JSON.parse(`"${inside.replaceAll('\n', '\\n')}"`) as string
  } catch {
    return inside
  }
}

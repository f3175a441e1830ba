const INDENT = '  '

/**
 * JSON text with line breaks and indentation, without parsing it: every number, escape and duplicate key stays as the
 * client saw it. Text that is no JSON comes out readable or not, but complete.
 */
export function prettyJson(text: string): string {
  let out = ''
  let depth = 0
  let copied = 0
  const broken = (at: number, levels: number) => {
    depth = Math.max(0, depth + levels)
    return `${text.slice(copied, at).trim()}\n${INDENT.repeat(Math.min(depth, 64))}`
  }
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x22) {
      i = endOfString(text, i)
    } else if (c === 0x7b || c === 0x5b) {
      const close = nextToken(text, i + 1)
      if (text[close] === (c === 0x7b ? '}' : ']')) {
        i = close
        continue
      }
      out += text.slice(copied, i + 1).trimStart()
      copied = i + 1
      out += broken(i + 1, 1)
    } else if (c === 0x7d || c === 0x5d) {
      out += broken(i, -1)
      copied = i
    } else if (c === 0x2c) {
      out += broken(i + 1, 0)
      copied = i + 1
    } else if (c === 0x3a) {
      out += `${text.slice(copied, i).trim()}: `
      copied = i + 1
    }
  }
  return out + text.slice(copied).trim()
}

/** The place of the closing quote, or the end of a text that has none. */
function endOfString(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x5c) i++
    else if (c === 0x22) return i
  }
  return text.length
}

function nextToken(text: string, from: number): number {
  let i = from
  while (i < text.length && text.charCodeAt(i) <= 0x20) i++
  return i
}

import { type Line, LONGEST_LINE } from '../lines.ts'

/** One JSON object of a file, and the line it begins in; `text` is undefined for one that is too long. */
export interface JsonRecord {
  file: string
  line: number
  text: string | undefined
}

/**
 * The records of an export: objects one after the other (NDJSON, or pretty-printed), those of an array, or those of the
 * array that a member of an enclosing object holds (`{"Records": […]}`). The file is never held whole.
 * @param member name of that member
 */
export async function* jsonRecords(lines: AsyncIterable<Line>, member: string): AsyncGenerator<JsonRecord> {
  const found: JsonRecord[] = []
  const splitter = createSplitter(member, (record) => found.push(record))
  for await (const line of lines) {
    splitter.line(line)
    if (found.length) yield* found.splice(0)
  }
  splitter.end()
  yield* found
}

/** What the characters before this one opened. */
interface Level {
  kind: '{' | '['
  /** Of an object: the last string in it, which is a key where `:` follows. */
  last: string
  key: string
}

function createSplitter(member: string, emit: (record: JsonRecord) => void) {
  const levels: Level[] = []
  let inString = false
  let escaped = false
  let string = ''
  /** Of the record that is being read. */
  let parts: string[] | undefined
  let size = 0
  let depth = 0
  let start: Omit<JsonRecord, 'text'> = { file: '', line: 0 }

  const begins = () => {
    const top = levels.at(-1)
    if (levels.length === 0) return true
    if (levels.length === 1) return top?.kind === '['
    return levels.length === 2 && top?.kind === '[' && levels[0]!.kind === '{' && levels[0]!.key === member
  }
  const finish = (text: string | undefined) => {
    emit({ ...start, text })
    parts = undefined
    size = 0
  }

  return {
    line({ file, line, text }: Line) {
      if (text === undefined) {
        if (levels.length === 0) emit({ file, line, text })
        else size = LONGEST_LINE + 1
        return
      }
      let from = 0
      const outside = levels.length === 0
      let opened = false
      for (let i = 0; i < text.length; i++) {
        const c = text[i]!
        if (inString) {
          if (escaped) escaped = false
          else if (c === '\\') escaped = true
          else if (c === '"') {
            inString = false
            const top = levels.at(-1)
            if (top) top.last = string
            continue
          }
          if (string.length < 64) string += c
          continue
        }
        if (c === '"') {
          inString = true
          string = ''
        } else if (c === ':') {
          const top = levels.at(-1)
          if (top?.kind === '{') top.key = top.last
        } else if (c === '{' || c === '[') {
          opened = true
          if (c === '{' && begins()) {
            parts = []
            size = 0
            depth = levels.length
            start = { file, line }
            from = i
          } else if (c === '[' && levels.length === 1 && levels[0]!.key === member) {
            // The outermost object only wraps records.
            parts = undefined
          }
          levels.push({ kind: c, last: '', key: '' })
        } else if (c === '}' || c === ']') {
          levels.pop()
          if (parts && levels.length === depth && c === '}') {
            parts.push(text.slice(from, i + 1))
            size += i + 1 - from
            finish(size > LONGEST_LINE ? undefined : parts.join('\n'))
          }
        }
      }
      if (outside && !opened && text.trim() !== '') emit({ file, line, text })
      if (!parts) return
      size += text.length - from
      if (size > LONGEST_LINE) parts = []
      else parts.push(text.slice(from))
    },
    /** A record that has no end is given as it is, for the parser to say so. */
    end() {
      if (parts) finish(size > LONGEST_LINE ? undefined : parts.join('\n'))
      else if (levels.length > 0) emit({ ...start, text: '{' })
    },
  }
}

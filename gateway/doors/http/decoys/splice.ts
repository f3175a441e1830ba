import { type Body, isObject } from '../profiles/request.ts'
import type { Listed } from './planting.ts'

/**
 * The page with the decoys at their times, newest first; as it was where there is no room, where another page follows,
 * or where the page is not as expected. The store's own elements are copied, never printed again.
 */
export function withListed(text: string, listed: Listed): string {
  const page = parsed(text)
  if (!page || !listed.isLast(page)) return text
  const found = page[listed.member] ?? []
  if (!Array.isArray(found) || !found.every(isObject)) return text
  const theirs: readonly Body[] = found
  if (theirs.length + listed.elements.length > listed.room) return text
  const place = placeOf(text, listed.member)
  if (place ? place.elements.length !== theirs.length : theirs.length > 0) return text
  const all = [
    ...theirs.map((element, i) => ({ time: listed.timeOf(element), text: place!.elements[i]! })),
    ...listed.elements.map(({ time, print }) => ({ time, text: print(theirs[0]) })),
  ]
  // Only decoys move: what the store sent stays in its order, whatever that is.
  const ordered = all.slice(0, theirs.length)
  for (const decoy of all.slice(theirs.length)) {
    const index = ordered.findIndex(({ time }) => time < decoy.time)
    ordered.splice(index < 0 ? ordered.length : index, 0, decoy)
  }
  return put(
    text,
    listed.member,
    place,
    ordered.map((each) => each.text),
  )
}

/** The answer with more elements at the head of a list; as it was where it is not as expected. */
export function withFirst(text: string, member: string, elements: readonly string[]): string {
  const page = parsed(text)
  if (!page || !(page[member] === undefined || Array.isArray(page[member]))) return text
  const place = placeOf(text, member)
  if (!place && page[member] !== undefined) return text
  return put(text, member, place, [...elements, ...(place?.elements ?? [])])
}

function parsed(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

interface Place {
  /** Behind the opening bracket, and at the closing one. */
  start: number
  end: number
  elements: string[]
}

/** Stores leave empty lists out. */
function put(text: string, member: string, place: Place | undefined, elements: readonly string[]): string {
  if (place) return `${text.slice(0, place.start)}${elements.join(',')}${text.slice(place.end)}`
  const brace = text.indexOf('{') + 1
  const rest = text.slice(brace)
  return `${text.slice(0, brace)}${JSON.stringify(member)}:[${elements.join(',')}]${rest.trim() === '}' ? '' : ','}${rest}`
}

/** Where the list `member` of this (valid) JSON object stands. */
function placeOf(text: string, member: string): Place | undefined {
  let depth = 0
  let key = ''
  let place: Place | undefined
  let from = 0
  const element = (end: number) => {
    const one = text.slice(from, end).trim()
    if (one !== '') place!.elements.push(one)
  }
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    const [token] = match
    const at = match.index
    if (token === '{' || token === '[') {
      depth++
      if (depth === 2 && token === '[' && key === member) {
        from = at + 1
        place = { start: from, end: from, elements: [] }
      }
    } else if (token === '}' || token === ']') {
      depth--
      if (depth === 1 && place) {
        element(at)
        return { ...place, end: at }
      }
    } else if (token === ',') {
      if (depth === 2 && place) {
        element(at)
        from = at + 1
      }
    } else if (token !== ':' && depth === 1) key = String(JSON.parse(token))
  }
  return undefined
}

import type { z } from 'zod'
import { createMemo } from './memo.ts'
import { type Member, type Paths, type Plan, planOf, stranger } from './plan.ts'

/**
 * Reads one object of JSON that a schema takes as it is from its bytes, some times as fast as JSON.parse and a look at
 * what came of it: what was read before is found again by its bytes. Gives what JSON.parse would, or undefined. That
 * says nothing, and the usual way decides: not JSON, not of the schema, a name with an escape or twice. Parts of what
 * it gives are shared, and must not be changed.
 */
export interface QuickReader<T> {
  read(bytes: Buffer, from: number, to: number): T | undefined
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c]
const [BRACE, END_BRACE, BRACKET, END_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
const [ZERO, NINE, POINT] = [0x30, 0x39, 0x2e]
const [FNV_START, FNV] = [0x811c9dc5, 0x01000193]
/** A number of so many digits is exact, and so is a power of ten: their quotient is what JSON.parse gives. */
const EXACT = 15

type Fields = Record<string, unknown>

export function quickReader<T extends z.ZodObject>(schema: T, paths: Paths): QuickReader<z.output<T>> {
  const plan = planOf(schema, paths)
  const memo = createMemo((member: Member, json: string) => taken(member, parse(json)))
  let bytes: Buffer = Buffer.alloc(0)
  let at = 0
  let end = 0
  let hash = 0

  const space = () => {
    for (let c = bytes[at]; c === 0x20 || c === 0x09 || c === 0x0d; c = bytes[at]) at++
  }
  /** From a quote to behind the next. */
  const passString = (): boolean => {
    let h = hash
    let i = at + 1
    for (; i < end; i++) {
      const c = bytes[i]!
      h = Math.imul(h ^ c, FNV)
      if (c === QUOTE) break
      if (c === BACKSLASH) h = Math.imul(h ^ bytes[++i]!, FNV)
      else if (c < 0x20) return false
    }
    hash = h
    at = i + 1
    return i < end
  }
  /** From a bracket to behind the one that closes it; whether it is JSON in between tells who parses it. */
  const passNested = (): boolean => {
    let depth = 0
    while (at < end) {
      const c = bytes[at]!
      hash = Math.imul(hash ^ c, FNV)
      if (c === QUOTE) {
        if (!passString()) return false
        continue
      }
      at++
      if (c === BRACE || c === BRACKET) depth++
      else if ((c === END_BRACE || c === END_BRACKET) && --depth === 0) return true
    }
    return false
  }
  const number = (member: Member): unknown => {
    const from = at
    let whole = 0
    let places = 1
    let c = bytes[at]!
    for (; c >= ZERO && c <= NINE; c = bytes[++at]!) whole = whole * 10 + c - ZERO
    let digits = at - from
    const zero = digits > 1 && bytes[from] === ZERO
    if (c === POINT) {
      for (c = bytes[++at]!; c >= ZERO && c <= NINE; c = bytes[++at]!) {
        whole = whole * 10 + c - ZERO
        places *= 10
      }
      digits = places > 1 && digits > 0 ? at - from - 1 : 0
    }
    if (digits > 0 && digits <= EXACT && !zero && (c === COMMA || c === END_BRACE))
      return taken(member, whole / places)
    // true, null, -1e3: as it is, up to where it must end.
    while (at < end && bytes[at] !== COMMA && bytes[at] !== END_BRACE) at++
    return taken(member, parse(bytes.toString('utf8', from, at)))
  }
  const plain = (from: number): string | undefined => {
    for (let i = from + 1; i < at - 1; i++) if (bytes[i] === BACKSLASH || bytes[i]! >= 0x80) return undefined
    return bytes.toString('latin1', from + 1, at - 1)
  }
  const value = (member: Member): unknown => {
    const from = at
    const c = bytes[at]
    if (c === BRACE && member.open) return object(member.open)
    hash = FNV_START
    if (c === QUOTE ? !passString() : c === BRACE || c === BRACKET ? !passNested() : false) return undefined
    if (at === from) return number(member)
    if (!member.once) return memo.value(member, bytes, from, at, hash)
    const text = c === QUOTE ? plain(from) : undefined
    return taken(member, text ?? parse(bytes.toString('utf8', from, at)))
  }
  /** From the quote of a name to behind its other. */
  const nameOf = (known: Plan, guess: Member | undefined): Member | undefined => {
    if (guess && isHere(guess.bytes)) {
      at += guess.bytes.length
      return guess
    }
    const from = at
    if (!passString()) return undefined
    const name = plain(from)
    return name === undefined ? undefined : (known.members.get(name) ?? stranger(known, name))
  }
  const isHere = (name: Uint8Array) => {
    for (let i = 0; i < name.length; i++) if (name[i] !== bytes[at + i]) return false
    return true
  }
  const object = (known: Plan): Fields | undefined => {
    const fields: Fields = {}
    const serial = ++known.serial
    let before: Member | undefined
    at++
    space()
    if (bytes[at] === END_BRACE) {
      at++
      return isWhole(known) ? fields : undefined
    }
    for (;;) {
      if (bytes[at] !== QUOTE) return undefined
      const guess: Member | undefined = before ? before.next : known.first
      const member = nameOf(known, guess)
      if (!member || member.serial === serial) return undefined
      member.serial = serial
      if (member !== guess) {
        if (before) before.next = member
        else known.first = member
      }
      before = member
      space()
      if (bytes[at] !== COLON) return undefined
      at++
      space()
      const found = value(member)
      if (found === undefined) return undefined
      fields[member.name] = found
      space()
      const c = bytes[at++]
      if (c === END_BRACE) return isWhole(known) ? fields : undefined
      if (c !== COMMA) return undefined
      space()
    }
  }
  return {
    read(from, start, to) {
      bytes = from
      at = start
      end = to
      space()
      if (bytes[at] !== BRACE) return undefined
      const found = object(plan)
      space()
      return at === end ? (found as z.output<T> | undefined) : undefined
    },
  }
}

function isWhole({ required, serial }: Plan): boolean {
  for (let i = 0; i < required.length; i++) if (required[i]!.serial !== serial) return false
  return true
}

const taken = (member: Member, value: unknown): unknown => (member.accepts(value) ? value : undefined)

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/**
 * One deterministic automaton finds every keyword of every rule in a single pass, a table look-up a byte. A *trigger*
 * is a sequence of byte sets; states are numbered so that one comparison tells whether something was found.
 */
export interface Trigger {
  /** What is found; several triggers may share it. */
  readonly id: number
  /** One set a position: 256 flags. */
  readonly sets: readonly Uint8Array[]
}

export interface Automaton {
  readonly classes: Uint8Array
  /** state + class → state; states are multiplied by the number of classes. */
  readonly text: Int32Array
  /** The same for the inside of a JSON string: `"`, `\` and control bytes lead to `stop`. */
  readonly raw: Int32Array
  /** States from here on have found something. */
  readonly found: number
  readonly stop: number
  readonly stride: number
  /** By (state − found) ÷ stride: which triggers end here, as indexes. */
  readonly outputs: readonly (readonly number[])[]
}

/**
 * A keyword: literal text, with `\d` a digit, `\h` a hex digit, `\U` an upper-case letter, `\w` a letter, digit or
 * `_`, `\s` a space or one of `-./`, `\=` what stands between a name and its value.
 */
export function keyword(source: string, caseless: boolean): Uint8Array[] {
  const sets: Uint8Array[] = []
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    if (c === '\\') sets.push(setOf(CLASSES[source[++i] ?? ''] ?? source[i]!))
    else sets.push(setOf(caseless ? c.toLowerCase() + c.toUpperCase() : c))
  }
  return sets
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const CLASSES: Readonly<Record<string, string>> = {
  d: '0123456789',
  h: '0123456789abcdefABCDEF',
  U: LETTERS,
  w: `0123456789_${LETTERS}${LETTERS.toLowerCase()}`,
  s: ' -./',
  '=': '=:"\'\\',
  '\\': '\\',
}

function setOf(characters: string): Uint8Array {
  const set = new Uint8Array(256)
  for (const c of characters) set[c.charCodeAt(0)] = 1
  return set
}

export function buildAutomaton(triggers: readonly Trigger[]): Automaton {
  const { classes, stride, members } = byteClasses(triggers)
  const offsets: number[] = []
  let positions = 0
  for (const trigger of triggers) {
    offsets.push(positions)
    positions += trigger.sets.length
  }
  const owner = new Int32Array(positions)
  for (const [t, trigger] of triggers.entries()) owner.fill(t, offsets[t], offsets[t]! + trigger.sets.length)

  // Subset construction. A state is the positions reached (next to be read), and what was found on the way in.
  const states = new Map<string, number>()
  const active: number[][] = []
  const found: number[][] = []
  const rows: number[][] = []
  const intern = (next: number[], out: number[]) => {
    next.sort((a, b) => a - b)
    const key = `${next.join()}|${out.join()}`
    let state = states.get(key)
    if (state === undefined) {
      state = active.length
      states.set(key, state)
      active.push(next)
      found.push(out)
    }
    return state
  }
  intern([], [])
  /** By class: what a first byte reaches, and the keywords of one byte. */
  const firsts = members.map((byte) => triggers.flatMap((trigger, t) => (trigger.sets[0]![byte] ? [t] : [])))
  for (let state = 0; state < active.length; state++) {
    const row: number[] = []
    for (let c = 0; c < stride; c++) {
      const byte = members[c]!
      const next: number[] = []
      const out: number[] = []
      const step = (t: number, p: number) => {
        const trigger = triggers[t]!
        if (!trigger.sets[p]![byte]) return
        if (p + 1 === trigger.sets.length) out.push(t)
        else next.push(offsets[t]! + p + 1)
      }
      for (const t of firsts[c]!) step(t, 0)
      for (const position of active[state]!) step(owner[position]!, position - offsets[owner[position]!]!)
      row.push(
        intern(
          [...new Set(next)],
          [...new Set(out)].sort((a, b) => a - b),
        ),
      )
    }
    rows.push(row)
  }

  // Renumber: plain states first, those that found something after them, `stop` last.
  const order = active.map((_, state) => state)
  order.sort((a, b) => Number(found[a]!.length > 0) - Number(found[b]!.length > 0) || a - b)
  const renumbered = new Int32Array(order.length)
  order.forEach((state, i) => {
    renumbered[state] = i * stride
  })
  const first = order.findIndex((state) => found[state]!.length > 0)
  const size = (order.length + 1) * stride
  const text = new Int32Array(size)
  for (const state of order)
    for (let c = 0; c < stride; c++) text[renumbered[state]! + c] = renumbered[rows[state]![c]!]!
  const stop = order.length * stride
  const raw = text.slice()
  const stops = new Set([
    classes[0x22]!,
    classes[0x5c]!,
    ...Array.from({ length: 32 }, (_, c) => classes[c]!),
  ])
  for (let state = 0; state < stop; state += stride) for (const c of stops) raw[state + c] = stop
  const at = first < 0 ? order.length : first
  return {
    classes,
    text,
    raw,
    stride,
    stop,
    found: at * stride,
    outputs: order.slice(at).map((state) => found[state]!),
  }
}

/** Bytes that no set tells apart share a class, which keeps the table small. */
function byteClasses(triggers: readonly Trigger[]) {
  const distinct = new Map<string, Uint8Array>()
  for (const trigger of triggers) for (const set of trigger.sets) distinct.set(set.join(''), set)
  const sets = [...distinct.values()]
  const classes = new Uint8Array(256)
  const members: number[] = []
  const seen = new Map<string, number>()
  for (let byte = 0; byte < 256; byte++) {
    // Quote, backslash and control bytes end the raw inside of a string, so they stand apart.
    const apart = byte < 32 ? 'c' : byte === 0x22 || byte === 0x5c ? String(byte) : ''
    const signature = apart + sets.map((set) => set[byte]).join('')
    let index = seen.get(signature)
    if (index === undefined) {
      index = members.length
      seen.set(signature, index)
      members.push(byte)
    }
    classes[byte] = index
  }
  return { classes, stride: members.length, members }
}

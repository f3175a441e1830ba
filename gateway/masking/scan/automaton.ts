/**
 * One deterministic automaton finds every keyword of every rule in a single pass, a table look-up a byte. A *trigger*
 * is a sequence of byte sets; states are numbered so that one comparison tells whether something was found.
 */
export interface Trigger {
  /** What is found; several triggers may share it. */
  readonly id: number
  /** For each position the characters (Latin-1) that may stand there. */
  readonly sets: readonly string[]
}

export interface Automaton {
  readonly classes: Uint8Array
  /** state + class → state; states are multiplied by the number of classes. */
  readonly text: Int32Array
  /** States from here on have found something. */
  readonly found: number
  readonly stride: number
  /** By (state − found) ÷ stride: which triggers end here, as indexes. */
  readonly outputs: readonly (readonly number[])[]
}

export function buildAutomaton(triggers: readonly Trigger[]): Automaton {
  const { classes, stride, classesOf } = byteClasses(triggers)
  const { rows, found } = subsets(triggers, stride, classesOf)

  // Renumber: plain states first, those that found something after them.
  const order = [...rows.keys()]
  order.sort((a, b) => Number(found[a]!.length > 0) - Number(found[b]!.length > 0) || a - b)
  const renumbered = new Int32Array(order.length)
  for (let i = 0; i < order.length; i++) renumbered[order[i]!] = i * stride
  const text = new Int32Array(order.length * stride)
  for (let i = 0; i < order.length; i++) {
    const row = rows[order[i]!]!
    for (let c = 0; c < stride; c++) text[i * stride + c] = renumbered[row[c]!]!
  }
  const plain = found.filter((out) => out.length === 0).length
  return {
    classes,
    text,
    stride,
    found: plain * stride,
    outputs: order.slice(plain).map((state) => found[state]!),
  }
}

/**
 * Subset construction. A state is the positions reached (next to be read, counted over all triggers), and what was found
 * on the way in. Few positions can read a given byte: where none can, a state goes where the first one does.
 */
function subsets(
  triggers: readonly Trigger[],
  stride: number,
  classesOf: (set: string) => readonly number[],
): { rows: Int32Array[]; found: number[][] } {
  /** By position: the classes it reads, and the trigger that it ends, or −1. */
  const reads: (readonly number[])[] = []
  const ends: number[] = []
  /** By class: what a first byte reaches, and the keywords of one byte. */
  const starts: { next: number[]; out: number[] }[] = Array.from({ length: stride }, () => ({
    next: [],
    out: [],
  }))
  for (let t = 0; t < triggers.length; t++) {
    const { sets } = triggers[t]!
    for (const c of classesOf(sets[0]!)) {
      if (sets.length === 1) starts[c]!.out.push(t)
      else starts[c]!.next.push(reads.length + 1)
    }
    for (let i = 0; i < sets.length; i++) {
      reads.push(classesOf(sets[i]!))
      ends.push(i + 1 === sets.length ? t : -1)
    }
  }

  const states = new Map<number, number[]>()
  const active: number[][] = []
  const found: number[][] = []
  const intern = (next: number[], out: number[]): number => {
    let hash = next.length
    for (let i = 0; i < next.length; i++) hash = Math.imul(hash ^ next[i]!, 0x01000193)
    for (let i = 0; i < out.length; i++) hash = Math.imul(hash ^ ~out[i]!, 0x01000193)
    const bucket = states.get(hash)
    if (bucket) {
      for (const state of bucket) if (same(active[state]!, next) && same(found[state]!, out)) return state
      bucket.push(active.length)
    } else states.set(hash, [active.length])
    active.push(next)
    found.push(out)
    return active.length - 1
  }
  intern([], [])
  const first = Int32Array.from(starts, ({ next, out }) => intern(next, out))
  const rows = [first]
  /** Scratch, by class: what the positions of one state reach. */
  const reached: ({ next: number[]; out: number[] } | undefined)[] = starts.map(() => undefined)
  for (let state = 1; state < active.length; state++) {
    const row = first.slice()
    const touched: number[] = []
    const positions = active[state]!
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!
      const end = ends[position]!
      const read = reads[position]!
      for (let k = 0; k < read.length; k++) {
        const c = read[k]!
        let to = reached[c]
        if (!to) {
          to = { next: [], out: [] }
          reached[c] = to
          touched.push(c)
        }
        if (end >= 0) to.out.push(end)
        else to.next.push(position + 1)
      }
    }
    for (const c of touched) {
      const { next, out } = reached[c]!
      row[c] = intern(merged(next, starts[c]!.next), merged(out, starts[c]!.out))
      reached[c] = undefined
    }
    rows.push(row)
  }
  return { rows, found }
}

/** Both in one, in order. */
function merged(a: readonly number[], b: readonly number[]): number[] {
  const all: number[] = []
  let i = 0
  for (let k = 0; k < a.length; k++) {
    while (i < b.length && b[i]! < a[k]!) all.push(b[i++]!)
    all.push(a[k]!)
  }
  while (i < b.length) all.push(b[i++]!)
  return all
}

function same(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Bytes that no set tells apart share a class, which keeps the table small. */
function byteClasses(triggers: readonly Trigger[]) {
  const sets = new Set(triggers.flatMap((trigger) => trigger.sets))
  const signatures = new Array<string>(256).fill('')
  let index = 0
  for (const set of sets) {
    const mark = ` ${index++}`
    for (const byte of bytesOf(set)) signatures[byte] += mark
  }
  const seen = new Map<string, number>()
  const classes = new Uint8Array(256)
  for (let byte = 0; byte < 256; byte++) {
    const signature = signatures[byte]!
    if (!seen.has(signature)) seen.set(signature, seen.size)
    classes[byte] = seen.get(signature)!
  }
  const memo = new Map<string, readonly number[]>()
  const classesOf = (set: string): readonly number[] => {
    let found = memo.get(set)
    if (!found) {
      found = [...new Set(bytesOf(set).map((byte) => classes[byte]!))]
      memo.set(set, found)
    }
    return found
  }
  return { classes, stride: seen.size, classesOf }
}

/** The bytes of a set; characters beyond Latin-1, as letter case may make them, are none. */
export const bytesOf = (set: string): number[] => {
  const codes = Array.from(set, (character) => character.charCodeAt(0))
  return [...new Set(codes)].filter((code) => code < 256)
}

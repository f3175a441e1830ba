import { systemClock } from '../../core/clock.ts'
import { newId } from '../../core/ids.ts'
import { systemRandom } from '../../core/random.ts'

/** Looks for planted secrets in whatever came out, as a patient reader would. */
const GRAM = 8
/** Of hex digits eight in a row come by chance. */
const HEX_GRAM = 12
/** `CUST-` and six digits, of which the first are many people’s. */
const CUSTOMER = 11

/** An id that the gateway has just made: the time, and sixteen random characters that now and then hold eight of a secret’s. */
const OWN_ID = /(?<![0-9A-Za-z])[0-9A-HJKMNP-TV-Z]{26}(?![0-9A-Za-z])/g
/** What else the gateway draws or computes for its record, some hundred thousand characters a run: links and ids of the chain, salts, hashes. */
const OWN_PROOF =
  /sha256:[0-9a-f]{64}|hmac:[0-9a-f]{32}|~[0-9a-z]+\.\d+\.[\w-]{22}(?![\w-])|"salt":"[\w-]{22}"/g
/** How the ids of this year begin. */
const THIS_YEAR = newId(systemClock, systemRandom).slice(0, 3)

export class Leaks {
  readonly #grams = new Map<string, string>()
  readonly #hex = new Map<string, string>()
  readonly #marks = new Map<string, string>()

  /** `core`: the part that is secret; eight characters of it in a row, either way, are a leak. */
  plant(core: string, owner: string): void {
    const text = core.toLowerCase()
    const [grams, size] = /^(?:[0-9a-f]+|cust-\d+)$/.test(text)
      ? [this.#hex, Math.min(HEX_GRAM, text.length)]
      : [this.#grams, GRAM]
    for (const way of [text, [...text].reverse().join('')])
      for (let i = 0; i + size <= way.length; i++) grams.set(way.slice(i, i + size), owner)
  }

  mark(mark: string, owner: string): void {
    this.#marks.set(mark, owner)
  }

  /** Owners of the secrets that can be read in this, with how. */
  find(data: Buffer | string): Map<string, string> {
    const text = typeof data === 'string' ? data : data.toString('latin1')
    const found = new Map<string, string>()
    for (const [how, view] of views(text)) {
      const lower = withoutOwn(view).toLowerCase()
      for (let i = 0; i + GRAM <= lower.length; i++) {
        const owner =
          this.#grams.get(lower.slice(i, i + GRAM)) ??
          this.#hex.get(lower.slice(i, i + HEX_GRAM)) ??
          this.#hex.get(lower.slice(i, i + CUSTOMER))
        if (owner !== undefined && !found.has(owner))
          found.set(owner, `${how}: …${lower.slice(i, i + GRAM)}…`)
      }
    }
    return found
  }

  /** Content shown: one per trace. */
  marks(text: string): Set<string> {
    const seen = new Set<string>()
    for (const [mark] of text.matchAll(/mark[0-9a-z]{24}/g)) if (this.#marks.has(mark)) seen.add(mark)
    return seen
  }
}

const withoutOwn = (text: string) =>
  text.replace(OWN_PROOF, '(a proof)').replace(OWN_ID, (id) => (id.startsWith(THIS_YEAR) ? '(an id)' : id))

function* views(text: string): Generator<[string, string]> {
  yield ['plain', text]
  const plain = unescaped(text)
  if (plain !== text) yield ['escaped', plain]
  const read = folded(plain)
  if (read !== plain) yield ['look-alikes', read]
  const joined = strings(text)
  if (joined !== '') yield ['joined', folded(joined)]
  for (const run of plain.matchAll(/[A-Za-z0-9+/_-]{11,}/g)) {
    const [digits] = run
    if (/^[0-9a-f]+$/i.test(digits)) yield ['hex', Buffer.from(digits, 'hex').toString('latin1')]
    for (let shift = 0; shift < 4; shift++) {
      const bytes = Buffer.from(digits.slice(shift), 'base64').toString('latin1')
      yield ['base64', bytes]
      for (const [inner] of bytes.matchAll(/[A-Za-z0-9+/_-]{11,}/g))
        yield ['base64 twice', Buffer.from(inner, 'base64').toString('latin1')]
    }
  }
}

/** Escapes of JSON, URLs and HTML undone, to four levels. */
function unescaped(text: string): string {
  let now = text
  for (let level = 0; level < 4; level++) {
    const next = now
      .replace(/\\u\{?([0-9a-f]{2,6})\}?/gi, (_, hex: string) =>
        String.fromCodePoint(Number.parseInt(hex, 16) % 0x110000),
      )
      .replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/&#x([0-9a-f]{1,6});/gi, (_, hex: string) =>
        String.fromCodePoint(Number.parseInt(hex, 16) % 0x110000),
      )
      .replace(/&#(\d{1,6});/g, (_, dec: string) => String.fromCodePoint(Number(dec) % 0x110000))
    if (next === now) break
    now = next
  }
  return now
}

const folded = (text: string) =>
  Buffer.from(text, 'latin1')
    .toString('utf8')
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Mn}]/gu, '')

/** Strings that stand at one path of JSON, one after the other: what a client makes of deltas. */
function strings(text: string): string {
  const documents = text.split(/\r?\n/).map((line) => line.replace(/^data:\s?/, ''))
  const paths = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') paths.set(path, (paths.get(path) ?? '') + value)
    else if (Array.isArray(value)) for (const item of value) walk(item, `${path}*`)
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`)
  }
  for (const document of [text, ...documents]) {
    if (!/^\s*[[{]/.test(document)) continue
    try {
      walk(JSON.parse(document), '')
    } catch {
      // A line of a document is none.
    }
  }
  return [...paths.values()].join('\n')
}

import t from 'tap'
import { Decoder } from '../../../gateway/masking/json/decode.ts'
import { buildAutomaton } from '../../../gateway/masking/scan/automaton.ts'
import { Finder } from '../../../gateway/masking/scan/finder.ts'
import { keyword } from '../../../gateway/masking/scan/keyword.ts'
import { buildRuleSet, ESCAPES, type RuleSet } from '../../../gateway/masking/scan/ruleset.ts'
import { nextBit, Survey } from '../../../gateway/masking/scan/survey.ts'
import { WINDOW } from '../../../gateway/masking/scan/wasm/kernels.ts'
import fc from '../../support/properties.ts'
import { everything } from './setup.ts'

/** Few characters, so that keywords overlap, repeat and stand inside one another. */
const character = fc.constantFrom(
  'a',
  'b',
  'A',
  '1',
  '2',
  '=',
  ' ',
  '"',
  '\\\\',
  '\\d',
  '\\h',
  '\\w',
  '\\=',
  '\\s',
)
const words = fc.array(
  fc.array(character, { minLength: 1, maxLength: 14 }).map((c) => c.join('')),
  { minLength: 1, maxLength: 8 },
)
const texts = (maxLength: number) =>
  fc.array(fc.constantFrom(...'abAB12=: "\\-\u00e4'), { maxLength }).map((c) => c.join(''))

/** The plain search: which keywords end at `i`. */
const endingAt = (keywords: readonly (readonly string[])[], text: string, i: number): number[] =>
  [...keywords.keys()].filter((t) => {
    const sets = keywords[t]!
    const from = i + 1 - sets.length
    return from >= 0 && sets.every((set, k) => set.includes(text[from + k]!))
  })

t.test('the automaton finds every keyword wherever it stands, and nothing else', async (t) => {
  fc.assert(
    fc.property(words, fc.boolean(), texts(40), (sources, caseless, text) => {
      const keywords = sources.map((source) => keyword(source, caseless))
      const {
        classes,
        text: next,
        found,
        outputs,
        stride,
      } = buildAutomaton(keywords.map((sets, id) => ({ id, sets })))
      let state = 0
      for (let i = 0; i < text.length; i++) {
        state = next[state + classes[text.charCodeAt(i)]!]!
        const seen = state >= found ? outputs[(state - found) / stride]! : []
        t.strictSame([...seen], endingAt(keywords, text, i))
      }
    }),
    { numRuns: 300 },
  )
})

const ruleSet = (sources: readonly string[], caseless: boolean): RuleSet =>
  buildRuleSet([
    {
      rule: { name: 'x', kind: 'identifier', keywords: sources, caseless, pattern: 'x' },
      transform: 'redact',
    },
  ])

/** By place where it ends, the keywords that a finder noted. */
function noted(finder: Finder, { automaton }: RuleSet): Map<number, readonly number[]> {
  const found = new Map<number, readonly number[]>()
  for (let h = 0; h < finder.hits; h++)
    found.set(
      finder.hitAt[h]!,
      automaton.outputs[(finder.hitState[h]! - automaton.found) / automaton.stride]!,
    )
  return found
}

t.test('the finder, which looks only where a keyword may stand, misses none and makes none up', async (t) => {
  fc.assert(
    fc.property(
      words,
      fc.boolean(),
      texts(300),
      fc.constantFrom(0, 0, 100, WINDOW - 20, WINDOW),
      fc.boolean(),
      (sources, caseless, middle, before, raw) => {
        const set = ruleSet(sources, caseless)
        const keywords = [
          ...[...new Set(sources)].map((source) => keyword(source, caseless)),
          ...ESCAPES.map((source) => keyword(source, true)),
        ]
        const text = 'x'.repeat(before) + (raw ? middle.replace(/["\\]/g, '=') : middle)
        const buf = Buffer.from(raw ? `"${text}"` : text, 'latin1')
        const finder = new Finder(set)
        const survey = new Survey(set.engine)
        const start = raw ? 1 : 0
        if (raw) {
          survey.attach(buf, buf.length)
          t.equal(finder.raw(survey, 1, buf.length), buf.length - 1)
        } else finder.text(buf, 0, buf.length)
        t.equal(finder.high, text.includes('\u00e4'))
        const found = noted(finder, set)
        // Of a keyword that ends at every place of a run the first is enough.
        const first = Math.max(0, before - 20)
        let last = endingAt(keywords, text, first - 1)
        for (let i = first; i < text.length; i++) {
          const expected = endingAt(keywords, text, i)
          const seen = found.get(i + start)
          if (seen && seen.join() !== expected.join()) throw new Error(`made up ${seen} at ${i} of ${text}`)
          if (!seen && expected.some((one) => !last.includes(one)))
            throw new Error(`missed ${expected} at ${i} of ${text}`)
          last = expected
        }
        let state = 0
        const { classes, text: next } = set.automaton
        for (let i = 0; i < text.length; i++) state = next[state + classes[text.charCodeAt(i)]!]!
        finder.settle(buf, start, start + text.length)
        t.equal(finder.state, state, 'and knows what the next text may go on with')
      },
    ),
    { numRuns: 400 },
  )
})

t.test('a survey says what each byte is', async (t) => {
  const survey = new Survey(everything.rules.engine)
  const bytes = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b)),
      fc.stringMatching(/^[A-Za-z0-9+/_-]{0,30}$/).map((s) => Buffer.from(s)),
      fc.constantFrom('"', '\\', 'plain words ', '\n').map((s) => Buffer.from(s)),
    ),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom(0, 0, WINDOW - 30, WINDOW - 1), (parts, before) => {
      const buf = Buffer.concat([Buffer.alloc(before, ' '), ...parts])
      const base64 = Array.from(buf, (c) => /[A-Za-z0-9+/_-]/.test(String.fromCharCode(c)))
      survey.attach(buf, buf.length)
      const wrong: number[] = []
      for (let i = Math.max(0, before - 40); i < buf.length; i++) {
        const maps = survey.cover(i)
        const bit = i - survey.from
        const is = (map: Uint32Array) => nextBit(map, bit, bit + 1) === bit
        const c = buf[i]!
        const run = base64.slice(i, i + 15)
        const right =
          is(maps.stops) === (c === 0x22 || c === 0x5c || c < 0x20) &&
          is(maps.highs) === c >= 0x80 &&
          (run.length < 15 || is(maps.runs) !== run.includes(false))
        if (!right) wrong.push(i)
      }
      t.strictSame(wrong, [])
    }),
    { numRuns: 200 },
  )
})

t.test('strings are decoded as JSON.parse decodes them', async (t) => {
  const decoder = new Decoder(everything.rules.engine)
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }).map((s) => JSON.stringify(s).slice(1, -1)),
    fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\t', '\\u00e9', '\\ud83d\\ude00', '\\u0041', '\\u2019'),
    fc.nat(3000).map((n) => 'plain text '.repeat(n / 11)),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const json = `"${parts.join('')}"`
      const buf = Buffer.from(`${json}, and more`)
      t.equal(decoder.decode(buf, 1, 1, buf.length), 'closed')
      t.equal(decoder.stop, Buffer.byteLength(json) - 1)
      t.equal(decoder.out.toString('utf8', 0, decoder.length), Buffer.from(JSON.parse(json)).toString())
      t.equal(decoder.decode(buf, 1, 1, decoder.stop), 'open')
    }),
    { numRuns: 300 },
  )
  const bad = (inside: string) => {
    const buf = Buffer.from(`${'x'.repeat(200)}${inside}"`, 'latin1')
    return decoder.decode(buf, 0, 0, buf.length)
  }
  for (const inside of ['\\x', '\n', '\u0000', '\\u12g4']) t.equal(bad(inside), 'bad')
})

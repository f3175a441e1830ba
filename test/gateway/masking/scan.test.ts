import fc from 'fast-check'
import t from 'tap'
import { buildAutomaton } from '../../../gateway/masking/scan/automaton.ts'
import { keyword } from '../../../gateway/masking/scan/keyword.ts'

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
const keywords = fc.array(
  fc
    .tuple(fc.array(character, { minLength: 1, maxLength: 5 }), fc.boolean())
    .map(([c, caseless]) => keyword(c.join(''), caseless)),
  { minLength: 1, maxLength: 8 },
)
const texts = fc.array(fc.constantFrom(...'abAB12=: "\\-\u00e4'), { maxLength: 40 }).map((c) => c.join(''))

t.test('the automaton finds every keyword wherever it stands, and nothing else', async (t) => {
  fc.assert(
    fc.property(keywords, texts, (sets, text) => {
      const {
        classes,
        text: next,
        found,
        outputs,
        stride,
      } = buildAutomaton(sets.map((sets, id) => ({ id, sets })))
      let state = 0
      for (let i = 0; i < text.length; i++) {
        state = next[state + classes[text.charCodeAt(i)]!]!
        const seen = state >= found ? outputs[(state - found) / stride]! : []
        const expected = [...sets.keys()].filter((t) => {
          const from = i + 1 - sets[t]!.length
          return from >= 0 && sets[t]!.every((set, k) => set.includes(text[from + k]!))
        })
        t.strictSame([...seen], expected)
      }
    }),
    { numRuns: 500 },
  )
})

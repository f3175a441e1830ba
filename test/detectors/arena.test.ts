import fc from 'fast-check'
import t from 'tap'
import { createArena } from '../../detectors/engine/arena.ts'

t.test('what is put comes back whole, whatever was put and taken beside it', async (t) => {
  const bytes = fc.uint8Array({ maxLength: 5000 })
  fc.assert(
    fc.property(fc.array(fc.record({ bytes, taken: fc.nat() }), { maxLength: 60 }), (steps) => {
      const arena = createArena()
      const kept: { place: number; bytes: Uint8Array }[] = []
      for (const { bytes, taken } of steps) {
        kept.push({ place: arena.put(bytes), bytes })
        if (taken % 3) continue
        const [one] = kept.splice(taken % kept.length, 1)
        if (!one || !arena.take(one.place).equals(one.bytes)) return false
      }
      return kept.every(({ place, bytes }) => arena.take(place).equals(bytes))
    }),
    { seed: 7, numRuns: 100 },
  )
  t.pass()
})

t.test('a place that is free is used again, so memory follows what is kept', async (t) => {
  const arena = createArena()
  const first = arena.put(Buffer.alloc(900, 1))
  const second = arena.put(Buffer.alloc(900, 2))
  t.not(first, second)
  arena.take(first)
  t.equal(arena.put(Buffer.alloc(890, 3)), first, 'of about its size')
  t.same(arena.take(second), Buffer.alloc(900, 2))
})

t.test('more than one user can have is refused', async (t) => {
  const arena = createArena()
  t.throws(() => arena.put(new Uint8Array(80 * 1024 ** 2)), RangeError)
})

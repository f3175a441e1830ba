import t from 'tap'
import { createWindows } from '../../../gateway/policy/window/windows.ts'
import fc from '../../support/properties.ts'
import { testRandom } from '../../support/random.ts'

const random = testRandom('windows')
const HOUR = 3600e3
const open = (remembered?: number) =>
  createWindows({ span: () => HOUR, random, ...(remembered ? { remembered } : {}) })

t.test('distinct traces count once, whoever the window forgets after its span', async (t) => {
  const windows = open()
  t.same(windows.use('p', ['a', 'b'], 2, 0), { traces: 0, fresh: 2 })
  windows.reserve('p', ['a', 'b'], 2, 0)
  t.same(windows.use('p', ['b', 'c', 'c'], 2, 1), { traces: 2, fresh: 1 })
  t.same(windows.use('q', ['a'], 1, 1), { traces: 0, fresh: 1 }, 'another person')
  t.same(windows.use('p', [], 0, HOUR - 1), { traces: 2, fresh: 0 })
  t.same(windows.use('p', ['a'], 1, HOUR + HOUR / 60 + 1), { traces: 0, fresh: 1 })
})

t.test('a reservation that did not become a release is undone, once, and only its own', async (t) => {
  const windows = open()
  windows.reserve('p', ['a'], 1, 0)
  const undo = windows.reserve('p', ['a', 'b'], 2, 1)
  undo()
  undo()
  t.same(windows.use('p', [], 0, 2), { traces: 1, fresh: 0 })
})

t.test('a huge trace counts as many, and the same again counts none', async (t) => {
  const windows = open()
  windows.reserve('p', ['huge', 'x'], 10, 0)
  t.same(windows.use('p', ['x', 'huge'], 10, 1), { traces: 10, fresh: 0 })
  t.same(windows.use('p', ['x', 'huge'], 12, 1), { traces: 10, fresh: 2 }, 'grown')
})

t.test('traces without ids count every time, and can be undone', async (t) => {
  const windows = open()
  windows.reserve('p', [], 5, 0)
  const undo = windows.reserve('p', [], 5, 0)
  t.same(windows.use('p', [], 1, 1), { traces: 10, fresh: 1 })
  undo()
  t.same(windows.use('p', [], 1, 1), { traces: 5, fresh: 1 })
})

t.test('beyond what is remembered every release counts: memory is bounded, the count is not', async (t) => {
  const windows = open(3)
  for (let i = 0; i < 10; i++) windows.reserve('p', [`t${i}`], 1, 0)
  windows.reserve('p', ['t9'], 1, 0)
  t.equal(windows.use('p', [], 0, 1).traces, 11)
})

t.test('a restart warmed from events knows what was released before', async (t) => {
  const windows = open()
  const released = [
    { person: 'p', at: 130_000, traceIds: ['b'], weight: 4 },
    { person: 'p', at: 10_000, traceIds: ['a'], weight: 1 },
  ]
  windows.warm(released)
  windows.warm(released)
  t.same(windows.use('p', ['a', 'c'], 2, 140_000), { traces: 5, fresh: 1 })
  t.same(windows.use('p', ['a'], 1, 10_000 + HOUR + HOUR / 60), { traces: 4, fresh: 1 })
})

t.test('whatever is read and undone, the window is what a plain set of what stands would be', async () => {
  const read = fc.record({ ids: fc.array(fc.nat(20), { maxLength: 5 }), undo: fc.boolean() })
  fc.assert(
    fc.property(fc.array(read, { maxLength: 40 }), (reads) => {
      const windows = open()
      const standing = new Set<string>()
      const undos: (() => void)[] = []
      for (const { ids, undo } of reads) {
        const names = ids.map((n) => `t${n}`)
        const distinct = new Set(names)
        const { traces, fresh } = windows.use('p', names, distinct.size, 0)
        const back = windows.reserve('p', names, distinct.size, 0)
        if (undo) undos.push(back)
        else for (const name of distinct) standing.add(name)
        if (fresh > distinct.size || traces < 0) return false
      }
      for (const back of undos) back()
      return windows.use('p', [], 0, 1).traces === standing.size
    }),
  )
})

import assert from 'node:assert/strict'
import t from 'tap'
import { FrameDecoder, FrameWriter } from '../../../gateway/recording/frames.ts'
import type { Frame } from '../../../gateway/recording/recording.ts'
import fc from '../../support/properties.ts'

const frame: fc.Arbitrary<Frame> = fc
  .record(
    {
      at: fc.double({ noNaN: true }),
      request: fc.string({ unit: 'binary', maxLength: 40 }),
      kind: fc.constantFrom('request', 'response', 'body', 'end'),
      meta: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
        fc.oneof(fc.string({ unit: 'binary' }), fc.integer()),
        { minKeys: 1, noNullPrototype: true },
      ),
      data: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    },
    { requiredKeys: ['at', 'request', 'kind'], noNullPrototype: true },
  )
  .map((value) => (value.data ? { ...value, data: Buffer.from(value.data) } : value))

t.test('frames come out as they went in, whatever pieces the bytes come in', async (t) => {
  const writer = new FrameWriter()
  const property = fc.property(
    fc.array(frame, { maxLength: 12 }),
    fc.array(fc.nat(80), { minLength: 1 }),
    (frames, cuts) => {
      writer.append(frames.slice(0, 5))
      writer.append(frames.slice(5))
      const bytes = writer.take()
      const decoder = new FrameDecoder()
      const found: Frame[] = []
      let at = 0
      for (let i = 0; at < bytes.length; i++) {
        const next = at + (cuts[i % cuts.length] ?? 0) + 1
        found.push(...decoder.push(bytes.subarray(at, next)))
        at = next
      }
      assert.equal(decoder.pending, 0)
      assert.deepEqual(found, frames)
    },
  )
  t.doesNotThrow(() => fc.assert(property))
})

t.test('bytes that are no frames are refused, never misread without end', async (t) => {
  const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    const decoder = new FrameDecoder()
    try {
      for (const found of decoder.push(bytes)) if (!found.kind) return false
      return decoder.pending <= bytes.length
    } catch (error) {
      return error instanceof RangeError || error instanceof SyntaxError
    }
  })
  t.doesNotThrow(() => fc.assert(property))
})

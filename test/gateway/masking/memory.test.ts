import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { createMasker } from '../../../gateway/masking/compile.ts'
import { AWS, EMAIL, plan } from './setup.ts'

const MB = 1024 ** 2

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
/** What is held, bytes; when garbage is collected otherwise is chance. */
function held(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

t.test('64 MB in a stream are masked in bounded memory', async (t) => {
  const span = (i: number) =>
    JSON.stringify({
      id: `span-${i}`,
      attributes: [
        {
          key: 'input',
          value: { string_value: JSON.stringify({ text: `${'word '.repeat(2000)} ${AWS} ${EMAIL}` }) },
        },
      ],
      [`odd-${i}`]: 'a key that comes once',
    })
  const masker = createMasker(plan({ shape: { record: ['spans.*'] } }), 'json')
  let read = Buffer.byteLength('{"spans":[')
  let written = masker.push(Buffer.from('{"spans":[')).length
  let early = 0
  let most = 0
  let leaks = 0
  for (let i = 0; read < 64 * MB; i++) {
    const chunk = Buffer.from((i > 0 ? ',' : '') + span(i))
    read += chunk.length
    for (const part of [chunk.subarray(0, 4001), chunk.subarray(4001)]) {
      const out = Buffer.from(masker.push(part))
      written += out.length
      if (out.includes(AWS) || out.includes(EMAIL)) leaks++
    }
    if (i % 512 === 0) {
      const now = held()
      if (i === 1024) early = now
      most = Math.max(most, now)
    }
  }
  written += masker.push(Buffer.from(']}')).length + masker.end().length
  t.equal(leaks, 0)
  t.ok(written > read * 0.9, 'all of it came out')
  t.ok(most - early < 96 * MB, `grew by ${Math.round((most - early) / MB)} MB`)
  t.equal(masker.observed.records, masker.observed.unknownTimes)
})

t.test('a string without an end is not gathered', async (t) => {
  const masker = createMasker(plan(), 'json')
  masker.push(Buffer.from('{"a":"'))
  const chunk = Buffer.alloc(MB, 'x')
  let out = 0
  for (let i = 0; i < 40; i++) out += masker.push(chunk).length
  out += masker.push(Buffer.from('","b":1}')).length + masker.end().length
  t.ok(out < 100)
  t.match(masker.observed.withheld, [{ reason: 'string too long' }])
})

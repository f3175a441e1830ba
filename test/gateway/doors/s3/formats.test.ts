import { createSecretKey } from 'node:crypto'
import { parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import t from 'tap'
import { maskingConfig } from '../../../../gateway/config.ts'
import { CsvMasker } from '../../../../gateway/doors/s3/formats/csv.ts'
import { streamMasker } from '../../../../gateway/doors/s3/formats/mask.ts'
import { maskParquet, nothingSeen } from '../../../../gateway/doors/s3/formats/parquet/parquet.ts'
import { keyPattern, shapeOf } from '../../../../gateway/doors/s3/formats/shape.ts'
import { couldBe, sniff } from '../../../../gateway/doors/s3/formats/sniff.ts'
import { compileMasking, planFor, textMasker } from '../../../../gateway/masking/compile.ts'
import fc from '../../../support/properties.ts'
import { codeOf } from '../../harness.ts'
import { SECRET } from '../http/house.ts'

const compiled = compileMasking(
  maskingConfig.parse({
    fields: [
      { name: 'customer_id', paths: ['**.customer_id'] },
      { name: 'salary', paths: ['salary'] },
    ],
  }),
)
const plan = planFor(compiled, shapeOf(undefined), {
  hideContent: false,
  reveal: [],
  pseudonym: createSecretKey(Buffer.alloc(32, 1)),
})
const scrub = textMasker(compiled)
const clean = (text: string) => scrub(text) === text

function csv(text: string, cut = text.length) {
  const masker = new CsvMasker(plan, ',', clean)
  const bytes = Buffer.from(text)
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += cut) out.push(masker.push(bytes.subarray(at, at + cut)))
  out.push(masker.end())
  return { text: Buffer.concat(out).toString(), masker }
}

t.test(
  'CSV is masked by column and by content, however it is cut; what hides nothing keeps its bytes',
  async (t) => {
    const table = `id,customer_id,note\r\n1,C-1,"x, ""y"""\r\n\r\n2,"C\n2",key ${SECRET}\n3,,"{""customer_id"":""C-3""}"`
    const want =
      'id,customer_id,note\r\n1,[masked:customer_id],"x, ""y"""\r\n\r\n2,[masked:customer_id],key [masked:aws-access-key-id]\n3,[masked:customer_id],"{""customer_id"":""[masked:customer_id]""}"'
    for (const cut of [1, 7, 1000]) t.equal(csv(table, cut).text, want, `in pieces of ${cut}`)
    t.equal(csv(table).masker.rows, 3)
    const cell = fc.stringMatching(/^[ a-z",\n\r;é]{0,12}$/)
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { maxLength: 8 }),
        fc.nat(40),
        (rows, cut) => {
          const text = ['a,b', ...rows.map((row) => row.map(quoted).join(','))].join('\n')
          return csv(text, cut + 1).text === text
        },
      ),
    )
  },
)

t.test('CSV that has two readings is refused', async (t) => {
  for (const text of [
    'a,a\n1,2\n',
    'a,b\n1,2,3\n',
    'a,b\n1,"2\n',
    'a,b\n1,x"y"\n',
    'a,b\n"1"x,2\n',
    `${SECRET},b\n1,2\n`,
  ])
    t.equal(await codeOf(Promise.resolve().then(() => csv(text))), 'TW_S3_FORMAT', JSON.stringify(text))
})

t.test('a format is told by content; a name only for CSV, a content-type never', async (t) => {
  const of = (text: string | Buffer, key = 'x') => sniff(Buffer.from(text), key)
  t.equal(of('{"a":1}\n{"a":2}\n'), 'ndjson')
  t.equal(of('{\n "a": 1\n}'), 'json')
  t.equal(of(' [1]'), 'json')
  t.equal(of('PAR1…', 'x.json'), 'parquet')
  t.equal(of('{"a":1}', 'x.csv'), 'ndjson')
  t.equal(of('a,b\n', 'x.csv.gz'), 'csv')
  t.equal(of('a,b\n', 'x.txt'), undefined)
  t.equal(of('a\0b', 'x.csv'), undefined)
  t.notOk(couldBe('csv', Buffer.from('{"a":1}')), 'JSON read as CSV would escape the rules for its paths')
  t.ok(keyPattern('traces/**/*.json').test('traces/a/b/c.json'))
  t.ok(keyPattern('traces/**/*.json').test('traces/c.json'))
  t.notOk(keyPattern('traces/*.json').test('traces/a/c.json'))
})

t.test('records without an id are counted, one a line or element', async (t) => {
  const rows = (format: 'json' | 'ndjson', text: string, cut = 3) => {
    const masker = streamMasker(format, plan, clean)
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += cut) masker.push(bytes.subarray(at, at + cut))
    masker.end()
    return masker.rows
  }
  t.equal(rows('ndjson', '{"a":1}\n\n{"a":2}\n{"a":3}'), 3)
  t.equal(rows('json', ' [{"a":"x"},{"a":"y"}]'), 2)
  t.equal(rows('json', '{"a":1,"b":2}'), 1)
})

async function parquet(bytes: ArrayBuffer, limit = 1024 ** 2) {
  const seen = nothingSeen()
  const out: Uint8Array[] = []
  async function* chunks() {
    yield new Uint8Array(bytes)
  }
  for await (const chunk of maskParquet(chunks(), { plan, clean, limit }, seen)) out.push(chunk)
  const whole = Buffer.concat(out)
  const file = whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length)
  return { seen, whole, rows: await parquetReadObjects({ file }) }
}

t.test('Parquet is masked by column, in JSON and in text; numbers keep their digits', async (t) => {
  const nano = 1700000000389411335n
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'trace_id', data: ['t1', 't2'], type: 'STRING' },
      { name: 'customer_id', data: ['C-1', null], type: 'STRING' },
      { name: 'salary', data: [10, 20], type: 'INT32', nullable: false },
      { name: 'start', data: [nano, 2n], type: 'INT64' },
      { name: 'note', data: [`key ${SECRET}`, 'plain'], type: 'STRING' },
      { name: 'span', data: [{ customer_id: 'C-3', n: 1 }, { n: 2 }], type: 'JSON' },
      { name: 'at', data: [new Date(1e12), new Date(2e12)], type: 'TIMESTAMP' },
    ],
  })
  const { rows, seen, whole } = await parquet(file)
  t.same(rows, [
    {
      trace_id: 't1',
      customer_id: '[masked:customer_id]',
      salary: null,
      start: nano,
      note: 'key [masked:aws-access-key-id]',
      span: '{"customer_id":"[masked:customer_id]","n":1}',
      at: new Date(1e12),
    },
    {
      trace_id: 't2',
      customer_id: null,
      salary: null,
      start: 2n,
      note: 'plain',
      span: '{"n":2}',
      at: new Date(2e12),
    },
  ])
  t.same([...seen.observed.traceIds], ['t1', 't2'])
  t.equal(seen.rows, 2)
  t.notOk(whole.includes(SECRET), 'statistics and dictionaries are made anew')
})

t.test('Parquet that is damaged, or unpacks to too much, is refused', async (t) => {
  const file = parquetWriteBuffer({
    columnData: [{ name: 'a', data: Array.from({ length: 5000 }, () => 'x'.repeat(2000)), type: 'STRING' }],
  })
  t.equal(
    await codeOf(parquet(file)),
    'TW_S3_FORMAT',
    'ten megabytes of rows in a file of hardly one kilobyte',
  )
  t.equal(await codeOf(parquet(file, 100)), 'TW_S3_OBJECT_TOO_LARGE')
  const cut = file.slice(0, file.byteLength - 9)
  t.equal(await codeOf(parquet(cut)), 'TW_S3_FORMAT')
  const torn = file.slice(0)
  new Uint8Array(torn).fill(255, 4, 40)
  t.equal(await codeOf(parquet(torn)), 'TW_S3_FORMAT')
})

import t from 'tap'
import { classify, fieldOf, isHidden } from '../../../gateway/masking/compile.ts'
import { AWS, compiled, EMAIL, mask, OPENAI, plan, shapeOf } from './setup.ts'

const customer = compiled({
  fields: [
    { name: 'customer_id', paths: ['**.customer_id'] },
    { name: 'notes', paths: ['traces.*.notes'], transform: 'null' },
    { name: 'account', paths: ['**.account'], transform: 'keep-last-4' },
    { name: 'member', paths: ['**.member'], transform: 'hash' },
    { name: 'reasoning', paths: ['**.reasoning'], hidden: false, high_risk: true },
  ],
})
const by = plan({ masking: customer })
const out = (value: unknown) => JSON.parse(mask(value, by).text)

t.test('a field is hidden where its path stands, and only there', async (t) => {
  t.strictSame(out({ customer_id: 'C-1', other: 'C-1' }), {
    customer_id: '[masked:customer_id]',
    other: 'C-1',
  })
  t.strictSame(out({ 'a.customer_id': 'C-1', b: [{ Customer_ID: 'C-2' }] }), {
    'a.customer_id': '[masked:customer_id]',
    b: [{ Customer_ID: '[masked:customer_id]' }],
  })
  t.strictSame(out({ customer_id: { any: ['thing'] }, n: 1 }), { customer_id: '[masked:customer_id]', n: 1 })
  t.strictSame(out({ customer_id: [1, 2], b: true }), { customer_id: '[masked:customer_id]', b: true })
})

t.test('transforms keep the type where the type needs it', async (t) => {
  const got = out({ account: 'DE-0012345678', member: 'm-1', traces: [{ notes: 'text' }], customer_id: 12 })
  t.equal(got.account, '[masked:account]5678')
  t.match(got.member, /^\[pseudonym:[0-9a-f]{16}\]$/)
  t.equal(got.traces[0].notes, null)
  t.equal(got.customer_id, null)
  t.equal(out({ account: '1234' }).account, '[masked:account]', 'a short value keeps nothing')
  t.equal(out({ member: 'm-1' }).member, got.member, 'the same value has the same pseudonym')
})

t.test('a path goes on inside JSON held in strings, which stays JSON', async (t) => {
  const inner = JSON.stringify({ deep: JSON.stringify([{ customer_id: 'C-1', account: 'quote"12345"678' }]) })
  const got = out({ attributes: inner })
  const deep = JSON.parse(JSON.parse(got.attributes).deep)
  t.strictSame(deep, [{ customer_id: '[masked:customer_id]', account: '[masked:account]"678' }])
})

t.test('JSON deeper than eight strings is withheld', async (t) => {
  let value: unknown = { customer_id: 'C-1' }
  for (let i = 0; i < 8; i++) value = { a: JSON.stringify(value) }
  t.notMatch(mask(value, by).text, 'C-1')
  t.match(mask(value, by).text, '[masked:customer_id]')
  value = { a: JSON.stringify(value) }
  const { text, observed } = mask(
    { list: [value] },
    plan({ masking: customer, shape: { record: ['list.*'] } }),
  )
  t.notMatch(text, 'C-1')
  t.match(text, '[withheld: nested too deep]')
  t.match(observed.withheld, [{ path: 'list.*', reason: 'nested too deep' }])
})

t.test('key/value lists are folded, in either order of their members', async (t) => {
  const got = out({
    attributes: [
      { key: 'a.customer_id', value: { string_value: 'C-1' } },
      { value: { stringValue: 'C-2' }, key: 'a.customer_id' },
      {
        key: 'a.map',
        value: { kvlist_value: { values: [{ key: 'customer_id', value: { int_value: '7' } }] } },
      },
      { key: 'customer_id', value: { array_value: { values: [{ string_value: 'C-3' }] } } },
      { key: 'customer_id', value: { odd: 'C-4' } },
      { key: 'plain', value: 'customer_id' },
    ],
  })
  t.notMatch(JSON.stringify(got), /C-[0-9]|"7"/)
  t.strictSame(got.attributes[0], { key: 'a.customer_id', value: { string_value: '[masked:customer_id]' } })
  t.strictSame(got.attributes[2].value.kvlist_value.values[0].value, { int_value: null })
  t.strictSame(got.attributes[3].value, { array_value: { values: [] } })
  t.equal(got.attributes[5].value, 'customer_id')
})

t.test('a rule may name a key/value list as it stands, too', async (t) => {
  const literal = plan({ masking: compiled({ fields: [{ name: 'v', paths: ['params.*.value'] }] }) })
  t.match(mask({ params: [{ key: 'a', value: 'shown?' }] }, literal).text, '"value":"[masked:v]"')
})

t.test('the shape renames keys and resolves aliases', async (t) => {
  const shape = {
    key: (key: string) => key.replace(/^\d+_/, ''),
    resolve: (path: readonly string[]) => path.map((s) => (s === 'alias' ? 'customer_id' : s)),
  }
  const got = mask(
    { data: [{ '11_customer_id': 'C-1' }], alias: 'C-2' },
    plan({ masking: customer, shape }),
  ).text
  t.notMatch(got, /C-[12]/)
})

t.test('a hidden field is found by name where the text is no JSON', async (t) => {
  const got = out({
    log: "{'customer_id': 'C-12 x', 'n': 1}",
    url: 'https://x.example/?customer_id=C-13&n=1',
  })
  t.strictSame(got, {
    log: "{'customer_id': '[masked:customer_id]', 'n': 1}",
    url: 'https://x.example/?customer_id=[masked:customer_id]&n=1',
  })
})

t.test('JSON that was cut short is masked as far as it goes', async (t) => {
  const preview = '{"a":1,"customer_id":"C-123'
  t.equal(out({ preview }).preview, '{"a":1,"customer_id":"[masked:customer_id]')
  t.equal(
    out({ preview: `${preview}4","b":[1...` }).preview,
    '{"a":1,"customer_id":"[masked:customer_id]","b":[1...',
  )
  t.equal(out({ preview: `see ${AWS.slice(0, 12)}` }).preview, 'see [masked:aws-access-key-id]')
  t.equal(out({ preview: `see ${OPENAI.slice(0, 15)}…` }).preview, 'see [masked:openai-project-key]')
})

t.test('a listing shows structure and no content', async (t) => {
  const shape = {
    structural: ['traces.*.id', 'traces.*.tags.kind'],
    traceId: ['traces.*.id'],
    record: ['traces.*'],
  }
  const hide = plan({ masking: customer, shape, hide: true })
  const { text, observed } = mask(
    {
      traces: [
        {
          id: 'tr-1',
          text: 'hello',
          n: 5,
          ok: true,
          no: null,
          tags: [
            { key: 'kind', value: 'LLM' },
            { key: 'x', value: 'y' },
          ],
        },
      ],
    },
    hide,
  )
  t.strictSame(JSON.parse(text), {
    traces: [
      {
        id: 'tr-1',
        text: '[hidden: listing]',
        n: null,
        ok: null,
        no: null,
        tags: [
          { key: 'kind', value: 'LLM' },
          { key: 'x', value: '[hidden: listing]' },
        ],
      },
    ],
  })
  t.equal(observed.content, false)
  t.equal(observed.records, 0)
  t.strictSame([...observed.traceIds], ['tr-1'])
})

t.test('what was seen is told', async (t) => {
  const shape = {
    traceId: ['traces.*.id'],
    time: ['traces.*.at'],
    timeUnit: 'ns' as const,
    record: ['traces.*'],
    structural: ['traces.*.id', 'traces.*.at'],
  }
  const { observed } = mask(
    {
      traces: [
        { id: 'a', at: '1700000000000000000', text: 'x', customer_id: 'C' },
        { id: 'b', at: '2026-01-02T03:04:05Z', reasoning: 'y', mail: EMAIL },
        { id: 'b', text: 'no time' },
      ],
    },
    plan({ masking: customer, shape }),
  )
  t.strictSame([...observed.traceIds], ['a', 'b'])
  t.equal(observed.oldest, 1_700_000_000_000)
  t.equal(observed.newest, Date.parse('2026-01-02T03:04:05Z'))
  t.equal(observed.unknownTimes, 1)
  t.equal(observed.records, 3)
  t.strictSame([...observed.masked].sort(), ['customer_id', 'email'])
  t.strictSame([...observed.displayed], ['reasoning'])
  t.strictSame([...observed.highRisk], ['reasoning'])

  const other = mask(
    { traces: [{ id: 'a', at: '1700000000389411335', text: 'x' }] },
    plan({ shape: { ...shape, timeUnit: 'ms' } }),
  )
  t.match(other.observed, { unknownTimes: 1, oldest: undefined }, 'what is beyond the calendar is no time')
})

t.test('a revealed field or rule is shown, and said to be', async (t) => {
  const { text, observed } = mask(
    { customer_id: 'C-1', mail: EMAIL },
    plan({ masking: customer, reveal: ['customer_id', 'email'] }),
  )
  t.strictSame(JSON.parse(text), { customer_id: 'C-1', mail: EMAIL })
  t.strictSame([...observed.sensitive].sort(), ['customer_id', 'email'])
})

t.test('plain text is masked whole, and JSON in it by path', async (t) => {
  t.equal(mask(`a log with ${EMAIL}\n`, by, 'text').text, 'a log with [masked:email]\n')
  t.equal(mask('{"customer_id":"C-1"}', by, 'text').text, '{"customer_id":"[masked:customer_id]"}')
  const long = mask('x'.repeat(3000), plan({ masking: compiled({ max_string: '1KiB' }) }), 'text')
  t.equal(long.text, '[withheld: text too long]')
})

t.test('paths of predicates are told apart', async (t) => {
  t.ok(isHidden(customer, 'attributes.customer_id'))
  t.ok(isHidden(customer, 'attributes.customer_id.part'), 'what lies in a hidden field')
  t.ok(isHidden(customer, 'traces.0.notes'), 'an index is any element')
  t.ok(isHidden(customer, 'traces'), 'what holds one')
  t.notOk(isHidden(customer, 'attributes.name'))
  t.strictSame(fieldOf(customer, 'a.reasoning'), ['reasoning'])
  t.equal(classify(customer, shapeOf({ structural: ['info.**'] }), 'info.state'), 'structural')
  t.equal(classify(customer, shapeOf({ structural: ['info.**'] }), 'info.customer_id'), 'hidden')
  t.equal(classify(customer, undefined, 'input.text'), 'content')
})

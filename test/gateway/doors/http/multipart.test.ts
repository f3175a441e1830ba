import t from 'tap'
import { MultipartParser } from '../../../../gateway/doors/http/bodies/multipart.ts'
import fc from '../../../support/properties.ts'
import { house, SECRET } from './house.ts'

const part = (type: string, body: string) =>
  `--b0\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`

function parse(chunks: readonly Uint8Array[]) {
  const parser = new MultipartParser('b0')
  const parts: { headers: Readonly<Record<string, string>>; body: Buffer; ended: boolean }[] = []
  for (const chunk of chunks)
    for (const event of parser.push(chunk)) {
      if (event.type === 'part') parts.push({ headers: event.headers, body: Buffer.alloc(0), ended: false })
      else if (event.type === 'data') parts.at(-1)!.body = Buffer.concat([parts.at(-1)!.body, event.bytes])
      else parts.at(-1)!.ended = true
    }
  parser.end()
  return parts
}

t.test('parts are the same wherever chunks end', async (t) => {
  const bodies = fc.array(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\r\n', '\r\n--b', '--b0', '-', '\r\n\r\n')),
    {
      maxLength: 5,
    },
  )
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(200)), (texts, cuts) => {
      const clean = texts
        .map((text) => Buffer.from(text))
        .filter((b) => !`\r\n${b.toString('latin1')}`.includes('\r\n--b0'))
      const whole = Buffer.concat([
        Buffer.from('preamble\r\n'),
        ...clean.flatMap((body) => [
          Buffer.from('--b0\r\nContent-Type: x/y\r\n\r\n'),
          body,
          Buffer.from('\r\n'),
        ]),
        Buffer.from('--b0--\r\nepilogue'),
      ])
      const places = [...new Set(cuts.map((cut) => cut % whole.length))].sort((a, b) => a - b)
      const chunks = [0, ...places].map((from, i, all) => whole.subarray(from, all[i + 1] ?? whole.length))
      const parts = parse(chunks)
      return (
        parts.length === clean.length &&
        parts.every((p, i) => p.ended && p.body.equals(clean[i]!) && p.headers['content-type'] === 'x/y')
      )
    }),
    { numRuns: 150 },
  )
  t.strictSame(
    parse([Buffer.from('--b0\r\n\r\nx\r\n--b0--')]).map((p) => p.body.toString()),
    ['x'],
  )
})

t.test('malformed bodies are refused, never guessed', async (t) => {
  for (const text of [
    '',
    '--b0\r\n',
    '--b0\r\nA: b\r\n\r\nx',
    '--b0x\r\n\r\nx\r\n--b0--',
    '--b0\r\nnocolon\r\n\r\n\r\n--b0--',
    `--b0\r\nA: 1\r\na: 2\r\n\r\n\r\n--b0--`,
  ])
    t.throws(() => parse([Buffer.from(text)]), { code: 'TW_HTTP_MULTIPART' }, JSON.stringify(text))
})

t.test('each part is masked by its own type; an unknown one is withheld', async (t) => {
  const bodies: Record<string, string> = {
    good: `${part('application/json', `{"trace_id":"a","k":"${SECRET}"}`)}${part('application/json', `{"k":"${SECRET}"}`)}--b0--\r\n`,
    odd: `${part('application/x-arrow', SECRET)}--b0--\r\n`,
    cut: part('application/json', `{"k":"${SECRET}"}`),
  }
  let name = 'good'
  let boundary = 'boundary="b0"'
  const h = await house(t, {
    backend: (_q, res) =>
      res.writeHead(200, { 'content-type': `multipart/mixed; ${boundary}` }).end(bodies[name]),
  })
  const good = await h.get('/parts')
  t.match(good, { status: 200, headers: { 'content-type': 'multipart/mixed; boundary="b0"' } })
  t.equal(
    good.text,
    '--b0\r\nContent-Type: application/json\r\n\r\n{"trace_id":"a","k":"[masked:aws-access-key-id]"}\r\n' +
      '--b0\r\nContent-Type: application/json\r\n\r\n{"k":"[masked:aws-access-key-id]"}\r\n--b0--\r\n',
  )
  const long = 'b'.repeat(86)
  bodies.long = (bodies.good ?? '').replaceAll('b0', long)
  boundary = `boundary=${long}`
  name = 'long'
  t.equal((await h.get('/parts')).text, good.text.replaceAll('b0', long), 'a boundary as long as Phoenix’s')
  boundary = 'boundary="b0"'
  for (name of ['odd', 'cut'])
    t.match(await h.get('/parts'), { status: 502, text: /TW_HTTP_MULTIPART/ }, name)
  name = 'good'
  boundary = ''
  t.match(await h.get('/parts'), { status: 502, text: /no boundary/ })
})

t.test('an approved multipart answer passes under its next boundary, not with other content', async (t) => {
  let asked = 0
  let text = 'x'
  const h = await house(t, {
    connection: { hold: '50ms' },
    backend: (_q, res) => {
      const boundary = `b${++asked}`
      const rows = JSON.stringify({ traces: [1, 2].map((n) => ({ trace_id: `tr-${n}`, text })) })
      res
        .writeHead(200, { 'content-type': `multipart/mixed; boundary=${boundary}` })
        .end(`--${boundary}\r\nContent-Type: application/json\r\n\r\n${rows}\r\n--${boundary}--\r\n`)
    },
  })
  const held = await h.get('/parts')
  t.equal(held.status, 403)
  const { approval } = JSON.parse(held.text)
  await h.approvals.decide(approval.id, h.reviewer, { decision: 'approve', reason: 'ok', via: 'api' })
  text = 'grown since'
  t.equal((await h.get('/parts')).status, 403)
  text = 'x'
  t.equal((await h.get('/parts')).status, 200)
})

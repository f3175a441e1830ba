import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { request } from 'undici'
import { house, SECRET, until } from './house.ts'
import { raw } from './raw.ts'

const line = (id: string) => `{"trace_id":"${id}","pad":"${'x'.repeat(1000)}","text":"key ${SECRET}"},\n`
const LINE = line('tr-1')

/** Writes `lines` of about 1 KiB with back-pressure. */
function pour(res: ServerResponse, lines: number, head = '') {
  res.writeHead(200, { 'content-type': 'application/json' })
  res.write(`[${head}`)
  let left = lines
  const go = () => {
    while (left-- > 0) if (!res.write(LINE)) return void res.once('drain', go)
    res.end('{}]')
  }
  go()
}

t.test('a large answer goes out in segments, each on disk before it, with sums that add up', async (t) => {
  const h = await house(t, { backend: (_q, res) => pour(res, 3000) })
  const answer = await h.get('/traces/tr-1')
  t.equal(answer.status, 200)
  t.equal(answer.text.match(/\[masked:aws-access-key-id\]/g)?.length, 3000)
  t.notMatch(answer.text, /AKIA/)
  const events = h.told('trace-read')
  t.equal(events[0]?.tracewarden.request?.phase, 'intent')
  t.equal(events.at(-1)?.tracewarden.request?.phase, 'complete')
  const segments = events.filter((e) => e.tracewarden.request?.phase === 'segment')
  t.ok(segments.length >= 8, `${segments.length} segments`)
  const sum = (of: (e: (typeof events)[0]) => number | undefined) =>
    events.reduce((n, e) => n + (of(e) ?? 0), 0)
  t.equal(
    sum((e) => e.tracewarden.bytes),
    answer.text.length,
  )
  t.equal(
    sum((e) => e.tracewarden.traces?.count),
    1,
  )
  const recording = await h.recorder.read(events[0]!.tracewarden.session.id)
  const bytes = []
  for await (const frame of recording!.frames) if (frame.kind === 'body') bytes.push(Buffer.from(frame.data!))
  t.equal(Buffer.concat(bytes).toString(), answer.text, 'the recording holds what the client saw')
})

t.test(
  'a large answer of many traces is looked through first: the refusal is clean, the approval names all',
  async (t) => {
    let asked = 0
    const h = await house(t, {
      connection: { hold: '5m' },
      backend(_q, res) {
        asked++
        pour(res, 1500, line('tr-2'))
      },
    })
    const waiting = h.get('/traces')
    await h.holding(1)
    const pending = (await h.approvals.list({ status: 'pending', limit: 5 })).approvals[0]!
    t.strictSame(pending.traces.ids, ['tr-2', 'tr-1'])
    t.equal(h.told('trace-read').length, 0, 'nothing is released yet')
    await h.approvals.decide(pending.id, h.reviewer, { decision: 'approve', reason: 'ok', via: 'api' })
    const answer = await waiting
    t.match(answer, { status: 200, text: /tr-2/ })
    t.equal(asked, 2)
  },
)

t.test('what violates policy after the first byte is cut, and what went out is on record', async (t) => {
  let asked = 0
  const h = await house(t, {
    backend(_q, res) {
      asked++
      res.writeHead(200, { 'content-type': 'application/json' })
      res.write(`[${LINE.repeat(1500)}`)
      // The store answers more than when it was looked through.
      res.end(asked > 1 ? `${line('tr-2').repeat(600)}{}]` : '{}]')
    },
  })
  const answer = await raw(
    h.address(),
    `GET /traces/tr-1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${h.ann}\r\n\r\n`,
  )
  t.match(answer, /tr-1/)
  t.notMatch(answer, /tr-2/)
  t.notMatch(answer, /\r\n0\r\n\r\n$/, 'nobody takes it for the whole')
  await until(() => h.told('trace-read').some((e) => e.tracewarden.request?.phase === 'complete'))
  t.match(h.told('trace-read').at(-1), { event: { outcome: 'failure', reason: /2 traces/ } })
})

t.test('a stream does not outlive suspension', async (t) => {
  const h = await house(t, {
    backend(_q, res) {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.write('[')
      const timer = setInterval(() => res.write(LINE.repeat(300)), 5)
      res.on('close', () => clearInterval(timer))
    },
  })
  const answer = await request(`http://${h.address()}/listing`, {
    headers: { authorization: `Bearer ${h.ann}` },
  })
  await t.rejects(async () => {
    for await (const chunk of answer.body) if (chunk.length) await h.identity.suspend('ann', 'bob', 'test')
  })
})

t.test('events of a live stream come as they come', async (t) => {
  let more: (() => void) | undefined
  const h = await house(t, {
    backend(_q, res) {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write(`data: {"trace_id":"a","key":"${SECRET}"}\n\n`)
      more = () => res.end('data: last\n\n')
    },
  })
  const answer = await request(`http://${h.address()}/live`, {
    headers: { authorization: `Bearer ${h.ann}` },
  })
  let text = ''
  for await (const chunk of answer.body) {
    text += chunk
    if (text.includes('[masked:aws-access-key-id]')) more?.()
  }
  t.equal(text, 'data: {"trace_id":"a","key":"[masked:aws-access-key-id]"}\n\ndata: last\n\n')
})

t.test('memory is bounded: a client that does not read makes the store wait', async (t) => {
  let written = 0
  const h = await house(t, {
    recording: false,
    backend(_q, res) {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.write('[')
      const chunk = Buffer.from(LINE.repeat(64))
      const go = () => {
        while (!res.destroyed) {
          written += chunk.length
          if (!res.write(chunk)) return void res.once('drain', go)
        }
      }
      go()
    },
  })
  const [host, port] = h.address().split(':')
  const socket = connect(Number(port), host)
  socket.write(`GET /listing HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${h.ann}\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  let before = -1
  while (before !== written) {
    before = written
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  t.ok(written < 64 * 1024 * 1024, `${written} bytes left the store`)
  socket.resume()
  await until(() => written > before + 4 * 1024 * 1024)
  socket.resetAndDestroy()
  await until(() => h.told('trace-search').some((e) => e.tracewarden.request?.phase === 'complete'))
  t.match(h.told('trace-search').at(-1), { event: { outcome: 'failure', reason: 'the client went away' } })
  h.advance(3_000)
  await until(() => h.told('session-end').length > 0)
  t.match(h.told('session-end')[0], { tracewarden: { session: { end: 'abort' } } })
})

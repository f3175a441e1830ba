import t from 'tap'
import { answerJson, house, SECRET } from './house.ts'

t.test('a read is masked, recorded, on disk, and only then released', async (t) => {
  const seen: string[] = []
  const h = await house(t, {
    backend(req, res) {
      seen.push(`${req.url} ${JSON.stringify(req.headers)}`)
      answerJson(res, { trace_id: 'tr-1', time: 1_700_000_000_000, text: `key ${SECRET}`, notes: 'x' })
    },
  })
  const answer = await h.get('/traces/tr-1?b=2&a=%27x%27', {
    headers: { 'x-forwarded-user': 'root', range: 'bytes=0-5', 'if-none-match': '"x"', cookie: 'theirs=1' },
  })
  t.equal(answer.status, 200)
  t.match(JSON.parse(answer.text), { trace_id: 'tr-1', text: 'key [masked:aws-access-key-id]' })
  t.equal(answer.headers['content-length'], String(answer.text.length))
  t.equal(answer.headers['cache-control'], 'no-store')
  t.ok(answer.headers['x-tracewarden-request'])
  t.match(seen[0], /x-gateway-key":"gateway-only"/, 'the backend gets the gateway’s own credential')
  t.match(seen[0], /cookie":"theirs=1"/, 'and the client’s other cookies')
  t.notMatch(seen[0], /authorization|forwarded|range|if-none/, 'and none of the client’s identity or ranges')

  const [start] = h.told('session-start')
  const [read] = h.told('trace-read')
  t.equal(start?.tracewarden.session.id, read?.tracewarden.session.id)
  t.match(read, {
    event: { outcome: 'success', duration: Number },
    user: { id: 'ann', email: 'ann@example.com', group: { name: 'search' } },
    tracewarden: {
      person: { id: String, credential: /^tok_/ },
      connection: { name: 'store', protocol: 'http' },
      request: { id: answer.headers['x-tracewarden-request'] },
      statement: { shape: 'GET /traces/? a b', hash: /^hmac:[0-9a-f]{32}$/ },
      traces: { count: 1, distinct: 1, ids: ['tr-1'], oldest: '2023-11-14T22:13:20.000Z' },
      bytes: answer.text.length,
      fields: { masked: ['aws-access-key-id'], displayed: ['notes'], sensitive: ['notes'] },
      verdict: 'mask',
      mode: 'enforce',
      policy: /^sha256:/,
      since_sensitive_ms: undefined,
    },
  })
  t.notMatch(JSON.stringify(h.events), /AKIA|%27x%27/, 'events carry no literals')

  await h.get('/traces/tr-1')
  t.type(h.told('trace-read')[1]?.tracewarden.since_sensitive_ms, 'number')
  const recording = await h.recorder.read(read!.tracewarden.session.id)
  const frames = []
  for await (const frame of recording!.frames) frames.push(frame)
  t.match(frames.map((f) => f.kind).slice(0, 4), ['request', 'response', 'body', 'end'])
  t.match(frames[0]?.meta, { method: 'GET', path: "/traces/tr-1?b=2&a='x'" })
  t.equal(Buffer.from(frames[2]!.data!).toString(), answer.text)
})

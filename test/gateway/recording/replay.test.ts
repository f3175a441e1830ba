import { createSecretKey } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDirectoryBlobs } from '../../../collector/port.ts'
import {
  createRecorder,
  type Frame,
  type Identity,
  maskingConfig,
  openForReview,
  type Person,
  type ReplayStep,
  type ReviewDeps,
  remaskUnder,
  replay,
} from '../../../gateway/port.ts'
import { prettyJson } from '../../../gateway/recording/pretty.ts'
import fc from '../../support/properties.ts'
import { codeOf, manualClock, replicaDeps, sharedDocuments } from '../harness.ts'

const store = sharedDocuments(t)
const ada: Person = { id: 'https://id.example#ada', user: 'ada', roles: ['ml-engineer'], kind: 'human' }
const soc: Person = { id: 'https://id.example#sue', user: 'sue', roles: ['soc'], kind: 'human' }
const as = (person: Person): Identity => ({
  person,
  credential: { id: 'tok_1', kind: 'token', expires: 1e15, authenticated: 0 },
})

async function recorded(t: Test, frames: readonly Frame[]) {
  const directory = t.testdir()
  const deps = replicaDeps(directory, store().documents, manualClock())
  const recorder = createRecorder(
    { max_session: 1024 ** 3, retention: 1e12 },
    {
      ...deps,
      directory: join(directory, 'p'),
      blobs: openDirectoryBlobs(join(directory, 'b')),
      gateway: 'g',
    },
  )
  t.teardown(() => recorder.close())
  const session = await recorder.open('S1', ada, 1)
  await session.append(frames)
  const review: ReviewDeps = {
    recorder,
    clock: deps.clock,
    auditors: ['auditor', 'soc'],
    refusal: () => undefined,
    emit: deps.emit,
    remask: () => ({
      push: (chunk) => Buffer.from(String(Buffer.from(chunk)).replaceAll('Key', '[masked:new]')),
      end: () => new Uint8Array(),
    }),
  }
  return { recorder, session, review, events: deps.events }
}

const request = (id: string, path = '/traces', data?: string): Frame => ({
  at: 7,
  request: id,
  kind: 'request',
  meta: { method: 'GET', path },
  ...(data === undefined ? {} : { data: Buffer.from(data) }),
})
const response = (id: string, type = 'application/json'): Frame => ({
  at: 8,
  request: id,
  kind: 'response',
  meta: { status: 200, type },
})
const body = (id: string, data: string | Uint8Array): Frame => ({
  at: 9,
  request: id,
  kind: 'body',
  data: Buffer.from(data),
})
const end = (id: string): Frame => ({ at: 9, request: id, kind: 'end' })

const stepsOf = async (steps: AsyncIterable<ReplayStep>) => {
  const found: ReplayStep[] = []
  for await (const step of steps) found.push(step)
  return found
}

t.test('a session is shown as the client saw it, exchange by exchange', async (t) => {
  const { recorder } = await recorded(t, [
    request('r1', '/a?q=1', '{"filter":"x"}'),
    response('r1'),
    body('r1', '{"n":1700000000389411335,"t":"Gr\u00fc'),
    request('r2'),
    response('r2', 'image/png'),
    body('r2', Buffer.from([0, 255, 1])),
    end('r2'),
    body('r1', '\u00dfe"}'),
    end('r1'),
    request('r3'),
    response('r3', 'text/plain; charset=utf-8'),
    body('r3', 'cut o'),
  ])
  const steps = await stepsOf((await replay(recorder, 'S1')).steps)
  t.same(steps.slice(0, 2), [
    { at: 7, request: 'r2', method: 'GET', path: '/traces', status: 200, type: 'image/png', bytes: 3 },
    {
      at: 7,
      request: 'r1',
      method: 'GET',
      path: '/a?q=1',
      sent: '{"filter":"x"}',
      status: 200,
      type: 'application/json',
      text: '{\n  "n": 1700000000389411335,\n  "t": "Grüße"\n}',
      bytes: 39,
    },
  ])
  t.match(steps[2], { request: 'r3', text: 'cut o', problem: /did not get the whole/ })
  t.equal(steps.length, 3)
  t.equal(await codeOf(replay(recorder, 'S2')), 'TW_RECORDING_NONE')
})

t.test('a long body comes in parts, none of its characters broken', async (t) => {
  const piece = `x${'ü'.repeat(500_000)}`
  const pieces = Array.from({ length: 20 }, () => body('r1', piece))
  const { recorder } = await recorded(t, [request('r1'), response('r1', 'text/plain'), ...pieces, end('r1')])
  const steps = await stepsOf((await replay(recorder, 'S1')).steps)
  t.same(
    steps.map(({ part }) => part),
    [1, 2, 3],
  )
  t.equal(steps.map(({ text }) => text).join(''), piece.repeat(20))
})

t.test('a review is decided, told, and masked under the rules of now', async (t) => {
  const { review, events } = await recorded(t, [
    request('r1', '/Key'),
    response('r1'),
    body('r1', '{"a":"Key"}'),
    end('r1'),
  ])
  const view = await openForReview({ session: 'S1', reader: as(soc), reason: 'alert 7' }, review)
  t.match(events, [
    {
      event: { action: 'review-replay', outcome: 'success', reason: 'alert 7' },
      user: { id: 'sue' },
      tracewarden: { person: { id: soc.id }, target: { session: 'S1', user: 'ada', person: ada.id } },
    },
  ])
  t.match(await stepsOf(view.steps), [{ path: '/[masked:new]', text: '{\n  "a": "[masked:new]"\n}' }])
})

t.test('a rule that is new since then hides in recordings what clients still saw', async (t) => {
  const planted = 'AKIA' + 'TESTTESTTESTTEST'
  const { review } = await recorded(t, [
    request('r1', '/traces/ACME-1234', '{"q":"ACME-1234"}'),
    response('r1'),
    body('r1', `{"customer_id":"c-77","text":"see ACM`),
    body('r1', `E-1234 and ${planted}","n":1700000000389411335}`),
    end('r1'),
  ])
  const masking = maskingConfig.parse({
    fields: [{ name: 'customer', paths: ['**.customer_id'] }],
    content: { custom: [{ name: 'case', keywords: ['ACME-'], pattern: 'ACME-[0-9]{4}' }] },
  })
  const remask = remaskUnder(masking, createSecretKey(Buffer.alloc(32)))
  const view = await openForReview(
    { session: 'S1', reader: as(soc), reason: 'alert 7' },
    { ...review, remask },
  )
  const [step] = await stepsOf(view.steps)
  t.notMatch(JSON.stringify(step), /c-77|ACME-1234|AKIATEST/)
  t.match(step, { path: /^\/traces\/\[/, text: /\n {2}"n": 1700000000389411335\n}$/ })
})

t.test('who may not look sees nothing, and the attempt is told', async (t) => {
  const { review, events } = await recorded(t, [request('r1'), response('r1'), body('r1', '{}'), end('r1')])
  const own = { ...ada, roles: ['auditor'] }
  const cases: [Identity, string, string, string][] = [
    [as(ada), 'S1', 'curious', 'TW_RECORDING_ROLE'],
    [as(own), 'S1', 'my own', 'TW_RECORDING_OWN'],
    [as(soc), 'S1', ' x ', 'TW_RECORDING_REASON'],
    [as(soc), 'S1', 'x'.repeat(501), 'TW_RECORDING_REASON'],
    [as(soc), 'S9', 'alert 7', 'TW_RECORDING_NONE'],
  ]
  for (const [reader, session, reason, code] of cases) {
    t.equal(await codeOf(openForReview({ session, reader, reason }, review)), code)
    t.match(events.at(-1), {
      event: { action: 'review-replay', outcome: 'failure' },
      tracewarden: { target: { session } },
    })
  }
  t.equal(events.length, cases.length)
  const emit = async () => {
    throw new Error('spool full')
  }
  const untold = openForReview({ session: 'S1', reader: as(soc), reason: 'alert 7' }, { ...review, emit })
  t.equal(await codeOf(untold), 'Error: spool full', 'no event, no view')
})

t.test('what the rules of now cannot judge is withheld', async (t) => {
  const { review } = await recorded(t, [
    request('r1'),
    response('r1'),
    body('r1', '{"a":'),
    body('r1', 'oops}'),
    end('r1'),
    request('r2'),
    response('r2'),
    body('r2', '[1]'),
    end('r2'),
  ])
  const remask: ReviewDeps['remask'] = () => ({
    push(chunk) {
      if (chunk[0] === 0x6f) throw new Error('the value oops is not JSON')
      return chunk
    },
    end: () => new Uint8Array(),
  })
  const view = await openForReview(
    { session: 'S1', reader: as(soc), reason: 'alert 7' },
    { ...review, remask },
  )
  const steps = await stepsOf(view.steps)
  t.match(steps, [{ text: '{\n  "a": ', problem: /^Withheld/ }, { text: '[\n  1\n]' }])
  t.notMatch(JSON.stringify(steps), 'oops')
})

t.test('pretty JSON says the same, with the digits and escapes it had', async (t) => {
  const property = fc.property(fc.json({ maxDepth: 6 }), fc.nat(3), (text, indent) => {
    const given = JSON.stringify(JSON.parse(text), null, indent)
    return prettyJson(given) === JSON.stringify(JSON.parse(given), null, 2)
  })
  t.doesNotThrow(() => fc.assert(property))
  const anything = fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\ a1') }), (text) => {
    const bare = (value: string) => value.replace(/\s/g, '')
    return bare(prettyJson(text)) === bare(text)
  })
  t.doesNotThrow(() => fc.assert(anything))
  t.equal(prettyJson('{"a":1e400,"a":"\\u0041"}'), '{\n  "a": 1e400,\n  "a": "\\u0041"\n}')
})

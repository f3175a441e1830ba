import { storedEvents, verifyChains } from '../../../collector/port.ts'
import type { SessionEvent } from '../../../core/event.ts'
import { configSchema } from '../../../daemon/config/schema.ts'
import type { Act, Attack, Secrets } from '../attack.ts'
import type { House } from '../house.ts'

/** What masking, config, spool and chain promise, tried. */
const trying = (rows: readonly number[], name: string, act: Act, plant?: Attack['plant']): Attack => ({
  rows,
  name,
  steps: [{ act, refused: false }],
  ...(plant && { plant }),
})
const wrong = (what: string): never => {
  throw new Error(what)
}

/** A config with a slip in it must not start. */
const slip = (name: string, config: object): Attack =>
  trying([16], `config: ${name}`, async () =>
    configSchema.safeParse(config).success ? wrong('it would have started') : [],
  )
const connection = { name: 'a', profile: 'json', listen: '127.0.0.1:0', backend: 'http://127.0.0.1:1' }

/** Answers of the sample trace of this attack, to several readers. */
const customer = ({ id, customer }: Secrets) => ({
  trace: { trace_id: id, created_at: '2026-11-20T00:00:00Z', customer_id: customer },
})
const pseudonym = (text: string) =>
  /\[pseudonym:[0-9a-f]+\]/.exec(text)?.[0] ?? wrong(`no pseudonym: ${text.slice(0, 200)}`)
/** Of the attack this person belongs to. */
const idOf = (user: string) => `/traces/tr-${user.replace('insider-', '').padStart(4, '0')}`

async function chain(house: House): Promise<SessionEvent[]> {
  const { spool, store } = house.daemon.base
  while (spool.backlog().bytes > 0) await new Promise((done) => setTimeout(done, 10))
  const events: SessionEvent[] = []
  for await (const event of storedEvents(store)) events.push(event)
  return events
}
async function* each(events: readonly SessionEvent[]) {
  yield* events
}
/** Does something to the record, and sees whether `verify` does. */
const tampered = (name: string, change: (events: SessionEvent[]) => SessionEvent[]): Attack =>
  trying([38], `the record: ${name}`, async (house, me) => {
    for (let i = 0; i < 3; i++) await house.ask({ path: '/projects' }, me)
    const { master } = house.daemon.base
    const events = await chain(house)
    const whole = await verifyChains([each(events)], { master })
    if (!whole.ok) wrong(`it was not whole before: ${JSON.stringify(whole.problems[0])}`)
    const { ok } = await verifyChains([each(change(events))], { master })
    return ok ? wrong('nobody saw it') : []
  })
const altered = (event: SessionEvent): SessionEvent => ({
  ...event,
  user: { ...event.user, id: 'colleague' },
})

export const promises: readonly Attack[] = [
  trying(
    [14],
    'asking again for another pseudonym',
    async (house, me) => {
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => house.ask({ path: idOf(me.user) }, me)))
      if (new Set(answers.map(({ text }) => pseudonym(text))).size !== 1) wrong('they differ')
      return answers
    },
    customer,
  ),
  trying(
    [14, 45],
    'comparing pseudonyms with a colleague',
    async (house, me) => {
      const mine = await house.ask({ path: idOf(me.user) }, me)
      const theirs = await house.ask({ path: idOf(me.user), as: 'colleague' }, me)
      if (pseudonym(mine.text) === pseudonym(theirs.text)) wrong('they are the same')
      return [mine, theirs]
    },
    customer,
  ),
  trying(
    [14, 45],
    'placeholders that differ by length',
    async (house, me) => {
      const read = async (output: string) => {
        house.replant(idOf(me.user), { chunks: [JSON.stringify({ trace: { output } })] })
        return house.ask({ path: idOf(me.user) }, me)
      }
      const [a, b] = [await read(`password=abcd1234efgh`), await read(`password=${'abcd1234'.repeat(20)}`)]
      if (a.text !== b.text) wrong('the answers differ')
      return [a, b]
    },
    customer,
  ),
  trying(
    [45, 24],
    'the size of what a list hides',
    async (house, me) => {
      const path = `/projects/${idOf(me.user).slice(8)}/traces`
      const list = async (preview: string) => {
        house.replant(path, { chunks: [JSON.stringify({ traces: [{ trace_id: 'a', preview }], total: 1 })] })
        return house.ask({ path }, me)
      }
      const [a, b] = [await list('short'), await list('very long '.repeat(50))]
      if (a.text.length !== b.text.length) wrong('the lengths differ')
      return [a, b]
    },
    customer,
  ),
  trying([30], 'markup in a project’s name, on the console', async (house, me) => {
    const asked = await house.ask({ path: '/projects/%3Cimg%20src=x%20onerror=alert(1)%3E/traces' }, me)
    await chain(house)
    const { cookie } = await house.daemon.authority.identity.signIn((await house.player('auditor')).token)
    const headers = { cookie: `tracewarden=${cookie}`, 'sec-fetch-site': 'same-origin', accept: 'text/html' }
    const path = `/sessions?user=${me.user}`
    const page = await house.ask({ door: 'console', as: 'nobody', path, headers }, me)
    if (page.status !== 200 || page.text.includes('<img src=x')) wrong(`the page is ${page.status}`)
    return [asked, page]
  }),
  slip('a mode that is none', { connections: [{ ...connection, mode: 'enforec' }] }),
  slip('an option that is none', {
    masking: { fields: [{ name: 'a', paths: ['**.a'], transfrom: 'redact' }] },
  }),
  slip('a transform that is none', {
    masking: { fields: [{ name: 'a', paths: ['**.a'], transform: 'best-effort' }] },
  }),
  slip('unknown routes by another word', { connections: [{ ...connection, unknown_routes: 'allow' }] }),
  slip('a limit in words', { policy: { limits: { window_block: 'none' } } }),
  ...(['trace', 'list', 'sign-in'] as const).map((what) =>
    trying([29], `no record, no data: ${what}`, async (house, me) => {
      const { spool } = house.daemon.base
      const append = spool.append
      Reflect.set(spool, 'append', () => Promise.reject(new Error('no space left on device')))
      try {
        const answer = await house.ask(
          what === 'sign-in'
            ? {
                as: 'nobody',
                path: '/.tracewarden/login',
                headers: { 'content-type': 'application/x-www-form-urlencoded' },
                body: `token=${me.token}`,
              }
            : {
                path:
                  what === 'list'
                    ? '/projects/code-agent/traces'
                    : `/traces/${house.traces.traces[0]!.trace_id}`,
              },
          me,
        )
        return answer.status < 400 ? wrong(`answered ${answer.status}`) : [answer]
      } finally {
        Reflect.set(spool, 'append', append)
      }
    }),
  ),
  tampered('one event taken out', (events) => events.filter((_, i) => i !== events.length - 2)),
  tampered('one event altered', (events) => events.map((event, i) => (i === 3 ? altered(event) : event))),
  tampered('one event twice, the second altered', (events) => [...events, altered(events.at(-1)!)]),
]

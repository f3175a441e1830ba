import { join } from 'node:path'
import { z } from 'zod'
import { freePort, type Running } from './process.ts'
import { programOf } from './program.ts'

export type Door = 'mlflow' | 'phoenix' | 'jaeger'

/** The program itself, as anybody runs it, in front of the real stores. */
export interface Tracewarden {
  server: Running
  console: string
  doors: Readonly<Record<Door, string>>
  /** Secrets of tokens by user. */
  tokens: Readonly<Record<'ana' | 'ben' | 'olga' | 'otto', string>>
  /** The console's API, as a user. Rejects with what it answers where that is not a success. */
  api: (user: keyof Tracewarden['tokens'], method: string, path: string, body?: unknown) => Promise<unknown>
}

/** `ana` and `ben` read traces, `olga` and `otto` own them and review. */
const USERS = [
  { id: 'ana', roles: ['ml-engineer'], team: 'search' },
  { id: 'ben', roles: ['ml-engineer'], team: 'search' },
  { id: 'olga', roles: ['trace-owner', 'soc'], team: 'platform' },
  { id: 'otto', roles: ['trace-owner'], team: 'platform' },
] as const

export async function startTracewarden(
  root: string,
  scratch: string,
  backends: Partial<Record<Door, string>>,
): Promise<Tracewarden> {
  const ports = {
    console: await freePort(),
    mlflow: await freePort(),
    phoenix: await freePort(),
    jaeger: await freePort(),
  }
  const doorOf = (name: Door) => `127.0.0.1:${ports[name]}`
  const names = ['mlflow', 'phoenix', 'jaeger'] as const
  const connections = names
    .filter((name) => backends[name] !== undefined)
    .map((name) => ({ name, profile: name, listen: doorOf(name), backend: backends[name] }))
  const program = programOf(root, join(scratch, 'tracewarden'), {
    log: 'info',
    console: { listen: `127.0.0.1:${ports.console}` },
    connections,
    masking: {
      content: {
        custom: [{ name: 'customer-id', keywords: ['CUST-'], pattern: 'CUST-[0-9]{6}', transform: 'hash' }],
      },
    },
    // The corpus reads hundreds of traces, one at a time.
    policy: { limits: { window_approval: 10_000, window_block: 20_000 } },
    approvals: { default_groups: ['owners'], groups: [{ name: 'owners', members: ['olga', 'otto'] }] },
    identity: { users: USERS },
  })
  const tokens = { ana: '', ben: '', olga: '', otto: '' }
  for (const { id } of USERS) tokens[id] = await program.token(id)
  const server = await program.start()
  const console = `http://127.0.0.1:${ports.console}`
  return {
    server,
    console,
    doors: {
      mlflow: `http://${doorOf('mlflow')}`,
      phoenix: `http://${doorOf('phoenix')}`,
      jaeger: `http://${doorOf('jaeger')}`,
    },
    tokens,
    async api(user, method, path, body) {
      const response = await fetch(`${console}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${tokens[user]}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const answer: unknown = await response.json()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
      return answer
    },
  }
}

const asked = z.object({
  id: z.string(),
  connection: z.string(),
  requester: z.object({ user: z.string() }),
  traces: z.object({ count: z.number() }),
})
type Asked = z.infer<typeof asked>
const page = z.object({ approvals: z.array(asked) })

/** Waits for somebody's pending approval on a connection, and approves it as `olga`. */
export async function approveNext(
  tracewarden: Tracewarden,
  user: string,
  connection: string,
  extra: { scope?: 'once' | 'time' } = {},
): Promise<Asked> {
  let next: Asked | undefined
  const found = await tracewarden.server.until(async () => {
    const { approvals } = page.parse(
      await tracewarden.api('olga', 'GET', '/approvals?status=pending&limit=50'),
    )
    next = approvals.find((one) => one.requester.user === user && one.connection === connection)
    return next !== undefined
  }, 20_000)
  if (!found || !next) throw new Error(`nobody asked for an approval on ${connection}`)
  const verdict = { decision: 'approve', reason: 'A test of the real way.', ...extra }
  await tracewarden.api('olga', 'POST', `/approvals/${next.id}/decide`, verdict)
  return next
}

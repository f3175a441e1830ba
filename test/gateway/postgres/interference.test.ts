import type pg from 'pg'
import t from 'tap'
import type { Described, StatementPlan } from '../../../gateway/doors/postgres/statement/plan.ts'
import { openStatements } from '../../../gateway/doors/postgres/statement/statements.ts'
import { startPostgres } from '../../support/postgres.ts'
import fc from '../../support/properties.ts'
import { makeStatement } from './statement-maker.ts'
import { contextOf, furnish, MAKE_READER, PASSWORD } from './world.ts'

/**
 * Two worlds that differ in nothing but their secrets: whatever passes must answer the same in both, but for the cells
 * that are masked or looked into. So nothing that is shown depends on a secret: its value, length, order or existence.
 */
const server = await startPostgres()
t.teardown(() => server.stop())
const admin = await server.connect()
await admin.query(MAKE_READER)
const worlds: pg.Client[] = []
for (const world of ['first', 'second'] as const) {
  await admin.query(`CREATE DATABASE ${world}`)
  const owner = await server.connect(world)
  await furnish(owner, world)
  worlds.push(await server.connect(world, { user: 'reader', password: PASSWORD }))
}
const context = await contextOf(await server.connect('first'))
const statements = await openStatements()
for (const world of worlds) await world.query("SET statement_timeout = '2s'")

interface Answer {
  error?: string
  described?: Described | undefined
  refused?: boolean
  rows: readonly (readonly (string | null)[])[]
}

async function ask(world: pg.Client, plan: StatementPlan): Promise<Answer> {
  const as = {
    text: plan.sql,
    rowMode: 'array' as const,
    types: { getTypeParser: () => (text: string) => text },
  }
  try {
    const { rows, fields } = await world.query<(string | null)[]>(as)
    const check = statements.check(
      plan,
      fields.map((f) => ({ name: f.name, relation: f.tableID, attribute: f.columnID, type: f.dataTypeID })),
      context,
    )
    return { rows, described: check.described, refused: check.refusal !== undefined }
  } catch (error) {
    return { rows: [], error: error instanceof Error && 'code' in error ? String(error.code) : String(error) }
  }
}

const shown = ({ rows, described }: Answer, mask: Described | undefined) => {
  const open = (mask ?? described)?.treatments.map(
    (treatment) =>
      treatment.how === 'pass' || ('content' in treatment && !treatment.content && treatment.how !== 'whole'),
  )
  return rows.map((row) => JSON.stringify(row.map((cell, index) => (open?.[index] ? cell : '')))).sort()
}

t.test('nothing that is shown depends on a secret', async (t) => {
  const counts = { refused: 0, errors: 0, answered: 0 }
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const sql = makeStatement(seed)
      const { plan } = statements.compile(sql, context)
      if (!plan) {
        counts.refused++
        return
      }
      const [first, second] = worlds
      if (!first || !second) return
      const a = await ask(first, plan)
      const b = await ask(second, plan)
      if (a.error === '57014' || b.error === '57014') return
      if (a.error !== b.error) throw new Error(`errors differ: ${a.error} ${b.error}\n${plan.sql}`)
      if (a.error || a.refused) {
        counts.errors++
        return
      }
      counts.answered++
      const [x, y] = [shown(a, a.described), shown(b, a.described)]
      if (x.join('\n') !== y.join('\n')) throw new Error(`answers differ\n${plan.sql}`)
    }),
    {
      // The same statements every time; RUNS and SEED look for others.
      numRuns: Number(process.env.RUNS ?? 500),
      seed: Number(process.env.SEED ?? 20_261_123),
    },
  )
  t.comment(`answered ${counts.answered}, refused ${counts.refused}, errors ${counts.errors}`)
  t.ok(counts.answered > 50, 'statements that pass are among them')
})

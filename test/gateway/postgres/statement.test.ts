import { createSecretKey } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import type { StatementPlan, Treatment } from '../../../gateway/doors/postgres/statement/plan.ts'
import { openStatements } from '../../../gateway/doors/postgres/statement/statements.ts'
import { maskText, maskWhole, planFor } from '../../../gateway/masking/compile.ts'
import { startPostgres } from '../../support/postgres.ts'
import { ATTACKS } from './attacks.ts'
import { HONEST, SESSION } from './honest.ts'
import {
  CONTENT,
  CREDENTIAL,
  compiledMasking,
  contextOf,
  furnish,
  HIDDEN,
  MAKE_READER,
  PASSWORD,
} from './world.ts'

const server = await startPostgres()
t.teardown(() => server.stop())
const admin = await server.connect()
await admin.query(MAKE_READER)
await furnish(admin)
const context = await contextOf(admin)
const statements = await openStatements()
const reader = await server.connect('postgres', { user: 'reader', password: PASSWORD })

const pseudonym = createSecretKey(Buffer.alloc(32, 1))

const run = (client: pg.Client, sql: string) =>
  client.query<(string | null)[]>({
    text: sql,
    rowMode: 'array',
    types: { getTypeParser: () => (text: string) => text },
  })

/** What the door would show of each row, by the treatments of its columns. */
async function answer(plan: StatementPlan) {
  const result = await run(reader, plan.sql)
  const fields = result.fields.map(({ name, tableID, columnID, dataTypeID }) => ({
    name,
    relation: tableID,
    attribute: columnID,
    type: dataTypeID,
  }))
  const check = statements.check(plan, fields, context)
  const treatments = check.described?.treatments ?? []
  const shown = result.rows.map((row) => row.map((cell, index) => show(cell, treatments[index])))
  return { check, rows: result.rows, shown, treatments }
}

function show(cell: string | null, treatment: Treatment | undefined): string {
  if (cell === null || !treatment || treatment.how === 'whole') return ''
  if (treatment.how === 'pass') return cell
  if (treatment.how !== 'json') return maskText(compiledMasking, cell)
  const options = { hideContent: false, reveal: [], pseudonym }
  const masked = maskWhole(
    planFor(compiledMasking, treatment.source.shape, options),
    'json',
    Buffer.from(cell),
  )
  return Buffer.from(masked.body).toString()
}

const SECRETS = [...HIDDEN, CREDENTIAL, Buffer.from(CREDENTIAL).toString('hex')]

function leaks(shown: readonly (readonly string[])[], treatments: readonly Treatment[]): string[] {
  return shown.flatMap((row) =>
    row.flatMap((cell, index) => {
      const secret = SECRETS.find((one) => cell.includes(one))
      const bare = treatments[index]?.how === 'pass' && cell.includes(CONTENT)
      return secret || bare ? [cell] : []
    }),
  )
}

t.test('the everyday work of engineers passes, and answers what it does without the gateway', async (t) => {
  const refused: string[] = []
  for (const sql of HONEST) {
    const { plan, refusal } = statements.compile(sql, context)
    if (!plan) {
      refused.push(`${sql}: ${refusal.error.message}`)
      continue
    }
    const { check, rows, shown, treatments } = await answer(plan)
    if (check.refusal) refused.push(`${sql}: ${check.refusal.error.message}`)
    t.strictSame(rows, (await run(reader, sql)).rows, sql)
    t.strictSame(leaks(shown, treatments), [], sql)
  }
  t.comment(`honest ${HONEST.length} refused ${refused.length}`)
  t.strictSame(refused, [])
})

t.test('what drivers and poolers send about their session passes', async (t) => {
  for (const sql of SESSION) {
    const { plan, refusal } = statements.compile(sql, context)
    t.ok(plan, `${sql}: ${refusal?.error.message}`)
    t.ok(plan?.action === 'asset', sql)
  }
})

for (const [row, attacks] of Object.entries(ATTACKS))
  t.test(`attacks of row ${row} find nothing`, async (t) => {
    for (const [sql, end] of attacks) {
      const { plan, refusal } = statements.compile(sql, context)
      if (end !== 'masked') {
        t.equal(refusal?.error.code, end, `${sql}: ${refusal?.error.message ?? plan?.sql}`)
        t.notMatch(JSON.stringify(refusal), /zebra|4711|AKIA12/, 'no literal in what is recorded')
        continue
      }
      if (!plan) {
        t.fail(`${sql}: ${refusal.error.message}`)
        continue
      }
      const { check, shown, treatments } = await answer(plan)
      t.ok(check.described, `${sql}: ${check.refusal?.error.message}`)
      t.strictSame(leaks(shown, treatments), [], sql)
    }
  })

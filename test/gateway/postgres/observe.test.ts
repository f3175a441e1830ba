import t from 'tap'
import { house, SECRET } from './wire-house.ts'

t.test('observe mode: what is decided is recorded, and the rows go out as they are', async (t) => {
  const h = await house(t, { connection: { mode: 'observe' } })
  const client = await h.connect()
  const last = () => h.told().findLast(({ tracewarden }) => tracewarden.request)

  await t.test('what would be masked is shown, and named in the event', async (t) => {
    const { rows } = await client.query('SELECT trace_id, customer, input FROM spans WHERE id = 7')
    t.same(rows, [{ trace_id: 't7', customer: 'customer-7', input: `question 7 with ${SECRET}` }])
    t.match(last(), { event: { outcome: 'success' }, tracewarden: { mode: 'observe', verdict: 'mask' } })
    t.match(last()?.tracewarden.fields?.masked, ['customer'])
  })

  await t.test('oracles and expressions pass, and are told as what they are', async (t) => {
    const asked: [string, unknown[], unknown, string][] = [
      [`SELECT count(*)::int AS n FROM spans WHERE input LIKE '%${SECRET}%'`, [], 40, 'filter-oracle'],
      ['SELECT substring(customer, 1, 8) AS n FROM spans WHERE id = $1', [7], 'customer', 'sql-expression'],
      ['SELECT trace_id AS n FROM spans ORDER BY customer DESC LIMIT 1', [], 't9', 'sort-oracle'],
      ['SELECT customer AS n FROM spans WHERE id = 7 UNION SELECT $1', ['zz'], 'customer-7', 'filter-oracle'],
    ]
    for (const [sql, params, shown, technique] of asked) {
      const { rows } = await client.query(sql, params)
      t.equal(
        rows.some(({ n }) => n === shown),
        true,
        sql,
      )
      t.match(
        last(),
        {
          event: { outcome: 'success' },
          tracewarden: { mode: 'observe', verdict: 'block', traces: { count: rows.length } },
        },
        sql,
      )
      t.ok(last()?.tracewarden.bypass?.includes(technique), `${sql}: ${last()?.tracewarden.bypass}`)
    }
  })

  await t.test('what is not understood, not declared or no query is refused all the same', async (t) => {
    for (const sql of [
      'SELECT usename FROM pg_stat_activity',
      "SELECT set_config('search_path', 'public', false), customer FROM spans",
      'SELECT pg_sleep(1) FROM spans WHERE customer > $$a$$',
      'DELETE FROM spans WHERE customer > $$a$$',
      'DO $$ BEGIN END $$',
      "SELECT customer || 'x' FROM spans; SELECT 1",
      'SELECT customer || $$x$$ INTO copied FROM spans',
    ]) {
      await t.rejects(client.query(sql), /^TW_SQL_|TW_POLICY_/, sql)
      t.match(last(), { event: { outcome: 'failure' } }, sql)
    }
  })
})

import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { as, createWorld, doorOf, part } from '../faults/world.ts'
import { eventually, says } from '../support/program.ts'

/** A rule that every read matches. */
const rule = (name: string, condition = 'reads') =>
  stringify({
    title: 'Somebody reads',
    name,
    logsource: { product: 'tracewarden' },
    detection: { reads: { 'event.action': 'trace-read' }, condition },
  })

t.setTimeout(600_000)
t.test('the config file is followed', { timeout: 590_000 }, async (t) => {
  const world = await createWorld(t)
  const ann = await world.token('ann')
  const daemon = await world.start()
  const good = readFileSync(world.file, 'utf8')
  const one = world.traces.find((trace) => trace.customer_id)!
  const configPart = async () => (await part(daemon, 'config'))!
  const health = (what: RegExp) =>
    eventually(async () => {
      const { detail } = await configPart()
      return what.test(detail) ? detail : undefined
    }, `config ${what}`)
  const read = async (door?: string, who = ann) => {
    const answer = await fetch(`${door ?? (await doorOf(daemon))}/traces/${one.trace_id}`, as(who))
    return { status: answer.status, text: await answer.text() }
  }
  const sam = await world.token('sam')
  const changes = async () => {
    const answer = await fetch(`${daemon.console}/api/v1/events?action=policy-change&limit=50`, as(sam))
    const { events } = (await answer.json()) as {
      events: { tracewarden: { change: { version: number; diff: { path: string }[] } } }[]
    }
    return events.map(({ tracewarden }) => tracewarden.change)
  }
  const inForce = (path: string) =>
    eventually(
      async () => (await changes()).find(({ diff }) => diff.some((change) => change.path.startsWith(path))),
      `a policy-change of ${path}`,
    )

  await t.test('a wrong edit changes nothing, and the health says where and since when', async (t) => {
    writeFileSync(world.file, good.replace('window: 1h', 'window: soon'))
    const detail = await health(/refused/)
    t.match(
      detail,
      /refused since 20\d\d-.*, the old one stays: .*:\d+:\d+: policy\.limits\.window: expected a duration/,
    )
    const ready = await fetch(`${daemon.console}/readyz`)
    t.equal(ready.status, 200, 'the old one serves')
    t.equal((await read()).status, 200)
    t.ok(await says(daemon, /CONFIG REFUSED/))
  })

  await t.test(
    'an empty file, half a file and none are refused too, and the right one clears it',
    async (t) => {
      writeFileSync(world.file, '')
      t.match(await health(/empty/), /found an empty file/)
      writeFileSync(world.file, good.slice(0, good.indexOf('masking:') + 12))
      await health(/expected object/)
      rmSync(world.file)
      t.match(await health(/no config file/), /There is no config file/)
      writeFileSync(world.file, good)
      t.equal(await health(/^in force/), 'in force')
      t.notOk((await read()).text.includes(one.customer_id!), 'masked all along')
    },
  )

  await t.test('masking is changed live, with its diff on record', async (t) => {
    writeFileSync(world.file, good.replace('["**.customer_id"]', '["**.customer_id", "**.model"]'))
    const change = await inForce('masking.fields')
    t.ok(change.version >= 2)
    const { text } = await read()
    t.notOk(text.includes(`"model":"${one.model}"`))
    writeFileSync(world.file, good)
    await eventually(async () => ((await read()).text.includes(one.model) ? true : undefined), 'shown again')
  })

  await t.test('users, roles and detectors are changed live', async (t) => {
    const users = good.replace('{ id: ann, name: Ann Reader', '{ id: ann2, name: Ann Reader')
    writeFileSync(world.file, `${users}detectors: { critical: [default] }\n`)
    await eventually(async () => ((await read()).status === 403 ? true : undefined), 'ann is gone')
    writeFileSync(world.file, good)
    await eventually(async () => ((await read()).status === 200 ? true : undefined), 'ann is back')
    t.equal((await configPart()).ok, true)
  })

  const rules = join(dirname(world.file), 'rules')
  const withRules = `${good}detectors: { sigma: [rules] }\n`
  /** Reads until that detector says so. */
  const told = (detector: string, user: 'ann' | 'sam') =>
    eventually(async () => {
      await read(undefined, user === 'ann' ? ann : sam)
      const answer = await fetch(`${daemon.console}/api/v1/alerts?user=${user}`, as(sam))
      const { alerts } = (await answer.json()) as { alerts: { detector: string; summary: string }[] }
      return alerts.find((alert) => alert.detector === detector)
    }, `${detector} of ${user}`)
  await t.test(
    'rules are followed too: what is written finds, what is wrong leaves the old ones',
    async (t) => {
      const file = join(rules, 'reads.yml')
      mkdirSync(rules)
      writeFileSync(file, rule('first'))
      writeFileSync(world.file, withRules)
      t.match((await told('sigma-first', 'ann')).summary, /^Somebody reads: /)
      writeFileSync(file, rule('second'))
      await told('sigma-second', 'ann')

      writeFileSync(file, rule('third', 'writes'))
      t.match(await health(/refused/), /reads\.yml:\d+:\d+: detectors\.sigma: .*no selection writes/)
      t.ok(await says(daemon, /no selection writes/))
      t.ok(await told('sigma-second', 'sam'), 'the old one goes on')
      writeFileSync(file, rule('second'))
      await health(/^in force/)
      writeFileSync(world.file, good)
    },
  )

  await t.test('connections come, move and go; others are not disturbed', async (t) => {
    const before = await doorOf(daemon)
    const connection = good.slice(good.indexOf('  - name: traces'), good.indexOf('masking:'))
    const second = connection.replace('name: traces', 'name: second')
    writeFileSync(world.file, good.replace(connection, connection + second))
    const door = await eventually(() => doorOf(daemon, 'second').catch(() => undefined), 'the second door')
    t.equal((await read(door)).status, 200)
    t.equal(await doorOf(daemon), before)

    const squatter = createServer()
    await new Promise<void>((done) => squatter.listen(0, '127.0.0.1', done))
    const address = squatter.address()
    const taken = `127.0.0.1:${typeof address === 'object' && address?.port}`
    writeFileSync(world.file, good.replace(connection, connection + second.replace('127.0.0.1:0', taken)))
    await eventually(async () => {
      const gateway = await part(daemon, 'gateway')
      return gateway?.ok === false && gateway.detail.includes(`second NOT open at ${taken}`)
        ? true
        : undefined
    }, 'the door that cannot be opened')
    t.equal((await read(before)).status, 200)
    await new Promise((done) => squatter.close(done))
    await eventually(async () => {
      const gateway = await part(daemon, 'gateway')
      return gateway?.ok && gateway.detail.includes(taken) ? true : undefined
    }, 'it is opened by itself once it can be')

    writeFileSync(world.file, good)
    await eventually(
      () =>
        fetch(`http://${taken}/traces/x`).then(
          () => undefined,
          () => true,
        ),
      'the second door is gone',
    )
    t.equal((await read(before)).status, 200)
  })

  await t.test('edits in quick succession end in the last; what waits for a restart is named', async (t) => {
    for (let n = 1; n <= 20; n++)
      writeFileSync(world.file, good.replace('window: 1h', `window: 1h, window_block: ${1000 + n}`))
    await eventually(async () => {
      const all = JSON.stringify(await changes())
      return all.includes('1020') ? true : undefined
    }, 'the last edit')
    writeFileSync(world.file, `${good}log: debug\nspool: { max: 2GiB }\n`)
    t.equal(await health(/next start/), 'in force; at the next start: spool, log')
  })

  await t.test('a link that swaps, as mounted config maps do', async (t) => {
    const [a, b, link] = ['a', 'b', 'link'].map((name) => join(world.data, name)) as [string, string, string]
    for (const directory of [a, b]) mkdirSync(directory)
    writeFileSync(join(a, 'tw.yaml'), good)
    writeFileSync(join(b, 'tw.yaml'), good.replace('window: 1h', 'window: 1h, window_block: 777'))
    symlinkSync(a, link)
    rmSync(world.file)
    symlinkSync(join(link, 'tw.yaml'), world.file)
    await health(/^in force$/)
    symlinkSync(b, `${link}.new`)
    renameSync(`${link}.new`, link)
    await eventually(
      async () => (JSON.stringify(await changes()).includes('777') ? true : undefined),
      'what the link now leads to',
    )
    t.equal((await configPart()).ok, true)
  })

  let guarded = ''
  await t.test('where admins sign, one hand alone changes nothing', async (t) => {
    const [ada, bob] = [join(world.data, 'ada.pem'), join(world.data, 'bob.pem')]
    const sign = async (user: string, key: string) => {
      const { out, err, code } = await world.run('sign', '--as', user, '--key', key, '--json')
      t.equal(code, 0, err)
      return (JSON.parse(out) as { key: string }).key
    }
    rmSync(world.file)
    writeFileSync(world.file, good)
    const keys = [await sign('ada', ada), await sign('bob', bob)]
    const [first, second] = keys.map((pem) => JSON.stringify(pem))
    const changesOf = (count: number) =>
      `changes: { signatures: ${count}, signers: [{ user: ada, key: ${first} }, { user: bob, key: ${second} }] }`
    guarded = withRules.replace('window: 1h }', `window: 1h }\n  ${changesOf(2)}`)
    t.not(guarded, withRules)
    writeFileSync(world.file, guarded)
    await inForce('policy.changes')

    const open = guarded.replace('signatures: 2', 'signatures: 0')
    writeFileSync(world.file, open)
    t.match(await health(/refused/), /signed by nobody, and 2 of ada, bob must sign/)
    await sign('ada', ada)
    await health(/signed by ada, and 2 of ada, bob must sign/)
    const attempts = await eventually(async () => {
      const answer = await fetch(`${daemon.console}/api/v1/events?action=policy-tamper&limit=5`, as(sam))
      const { events } = (await answer.json()) as { events: { event: { outcome: string; reason: string } }[] }
      return events.length === 2 ? events : undefined
    }, 'both attempts on record')
    t.match(attempts, [
      { event: { outcome: 'failure', reason: /signed by ada/ } },
      { event: { outcome: 'failure', reason: /signed by nobody/ } },
    ])

    guarded = guarded.replace('window: 1h }', 'window: 1h, window_block: 555 }')
    writeFileSync(world.file, guarded)
    await sign('ada', ada)
    await sign('bob', bob)
    await inForce('policy.limits.window_block')
    await health(/^in force/)

    // The config is as both signed it; one of the rules that it names is not.
    writeFileSync(join(rules, 'reads.yml'), rule('blind', 'not reads'))
    await health(/signed by nobody, and 2 of ada, bob must sign/)
    writeFileSync(join(rules, 'reads.yml'), rule('second'))
    await health(/^in force/)
  })

  t.equal(await daemon.stop(), 0)

  await t.test('a change made while nothing ran is judged by the policy that was in force', async (t) => {
    writeFileSync(world.file, guarded.replace('signatures: 2', 'signatures: 0'))
    const refused = await world.run('start')
    t.equal(refused.code, 1)
    t.match(refused.err, /signed by nobody[\s\S]*tracewarden sign[\s\S]*TW_POLICY_WRONG_HAND/)
    writeFileSync(world.file, guarded)
    t.equal(await (await world.start()).stop(), 0, 'what was signed starts')
  })
})

import t from 'tap'
import { createIdentity, identityConfig } from '../../../gateway/port.ts'
import { codeOf, manualClock, replicaDeps, sharedDocuments } from '../harness.ts'

const config = identityConfig.parse({ users: [{ id: 'ada', roles: ['ml-engineer'] }, { id: 'ben' }] })
const HOUR = 3600e3
const store = sharedDocuments(t)

async function replica(t: import('tap').Test) {
  const clock = manualClock()
  const { documents, control } = store()
  const deps = replicaDeps(t.testdir(), documents, clock)
  const open = async () => {
    const identity = createIdentity(config, deps)
    t.teardown(() => identity.stop())
    await identity.start()
    return identity
  }
  return { clock, documents, control, deps, open, identity: await open() }
}

t.test(
  'an access key is its user, with the same secret on every replica and none in the store',
  async (t) => {
    const { identity, deps, open } = await replica(t)
    const made = await identity.createS3Key({ user: 'ada', ttl: HOUR, by: 'ben', label: 'rclone' })
    t.match(made.accessKeyId, /^TWAK[A-Z2-7]{16}$/)
    t.match(made.secretAccessKey, /^[A-Za-z0-9+/]{40}$/)
    const found = await identity.s3Key(made.accessKeyId)
    t.equal(found.secret, made.secretAccessKey)
    t.match(found.identity, {
      person: { id: 'tracewarden#ada', user: 'ada' },
      credential: { id: made.accessKeyId, kind: 's3-key' },
    })
    t.equal(identity.s3KeyCached(made.accessKeyId)?.secret, made.secretAccessKey, 'without a promise')
    t.equal((await (await open()).s3Key(made.accessKeyId)).secret, made.secretAccessKey)
    t.notMatch(JSON.stringify(await deps.documents.get('token', made.accessKeyId)), made.secretAccessKey)
    t.match(await identity.tokens('ada'), [{ id: made.accessKeyId, use: 's3', label: 'rclone' }])
    t.match(deps.events, [
      {
        event: { action: 'token-create', reason: /made for ada by ben/ },
        tracewarden: { target: { user: 'ada', credential: made.accessKeyId } },
      },
    ])
    const second = await identity.createS3Key({ user: 'ada', ttl: HOUR, by: 'ada' })
    t.not(second.secretAccessKey, made.secretAccessKey)
  },
)

t.test('access keys end: by time, by revocation, by suspension of their user', async (t) => {
  const { identity, clock, open } = await replica(t)
  const other = await open()
  const make = async () => (await identity.createS3Key({ user: 'ada', ttl: HOUR, by: 'ada' })).accessKeyId
  const [revoked, expiring] = [await make(), await make()]
  await other.s3Key(revoked)
  await identity.revokeToken(revoked, 'ben')
  t.equal(await codeOf(identity.s3Key(revoked)), 'TW_AUTH_REVOKED')
  clock.advance(10_000)
  t.equal(other.s3KeyCached(revoked), undefined)
  t.equal(await codeOf(other.s3Key(revoked)), 'TW_AUTH_REVOKED', 'within ten seconds elsewhere')
  await identity.suspend('ada', 'ben', 'found out')
  t.equal(await codeOf(identity.s3Key(expiring)), 'TW_AUTH_SUSPENDED')
  t.equal(identity.s3KeyCached(expiring), undefined)
  await identity.restore('ada', 'ben', 'was wrong')
  t.ok(await identity.s3Key(expiring))
  clock.advance(HOUR)
  await identity.refresh()
  t.equal(await codeOf(identity.s3Key(expiring)), 'TW_AUTH_EXPIRED')
})

t.test('made-up ids are refused without asking the store; an id is no bearer token', async (t) => {
  const { identity, control } = await replica(t)
  const { accessKeyId } = await identity.createS3Key({ user: 'ada', ttl: HOUR, by: 'ada' })
  const before = control.calls
  for (const id of [
    '',
    'AKIA' + 'TESTTESTTESTTEST',
    `TWAK${'A'.repeat(16)}`,
    accessKeyId.toLowerCase(),
    `${accessKeyId}A`,
  ])
    t.equal(await codeOf(identity.s3Key(id)), 'TW_AUTH_S3_KEY')
  t.equal(control.calls, before)
  t.equal(await codeOf(identity.authenticate(accessKeyId)), 'TW_AUTH_MALFORMED')
  t.equal(await codeOf(identity.createS3Key({ user: 'eve', ttl: HOUR, by: 'ben' })), 'TW_AUTH_USER_UNKNOWN')
})

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { HOW, startS3 } from '../support/s3.ts'
import { freePort, type Running, run } from './process.ts'
import { programOf } from './program.ts'
import type { Report } from './report.ts'
import { how, openVenv } from './venv.ts'

const SECRET = 'AKIA' + 'TESTTESTTESTTEST'
const BUCKET = 'traces-prod'
const RCLONE = 'github.com/rclone/rclone@v1.71.0'
const asKey = z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string() })

const line = (i: number) => `${JSON.stringify({ trace_id: `t${i}`, text: `step ${i}, with ${SECRET}` })}\n`
const lines = (n: number) => Array.from({ length: n }, (_, i) => line(i)).join('')
const OBJECTS: Readonly<Record<string, string | Buffer>> = {
  'day/one.json': '{"trace_id":"t1","text":"nothing to hide"}',
  'day/many.ndjson': lines(40),
  'day/many.ndjson.gz': gzipSync(lines(20)),
  'day/table.csv': `trace_id,note\nt1,${SECRET}\n`,
  // More than the eight MiB from which the AWS CLI fetches in parallel ranges.
  'large/log.ndjson': lines(120_000),
}

/** The AWS CLI, boto3 and rclone, unchanged, through the program itself and before a real S3 server. */
export async function checkS3(report: Report, root: string, scratch: string): Promise<void> {
  const store = await startS3()
  if (!store) return report.skip('S3 clients', HOW)
  let daemon: Running | undefined
  try {
    const direct = new S3Client({
      endpoint: store.endpoint,
      region: store.region,
      forcePathStyle: true,
      credentials: store,
    })
    await direct.send(new CreateBucketCommand({ Bucket: BUCKET }))
    for (const [Key, Body] of Object.entries(OBJECTS))
      await direct.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))
    direct.destroy()
    const started = await start(root, scratch, store)
    daemon = started.server
    await report.part('AWS CLI and boto3', () => checkPython(report, scratch, started))
    await report.part('rclone', () => checkRclone(report, scratch, started))
  } finally {
    await daemon?.stop()
    await store.stop()
  }
}

interface Started {
  server: Running
  endpoint: string
  env: NodeJS.ProcessEnv
}

async function start(
  root: string,
  scratch: string,
  store: { endpoint: string; accessKeyId: string; secretAccessKey: string; region: string },
): Promise<Started> {
  const [port, console] = [await freePort(), await freePort()]
  const program = programOf(root, join(scratch, 's3'), {
    console: { listen: `127.0.0.1:${console}` },
    connections: [
      {
        name: 'buckets',
        protocol: 's3',
        listen: `127.0.0.1:${port}`,
        backend: store.endpoint,
        access_key_id: store.accessKeyId,
        secret_access_key: store.secretAccessKey,
        buckets: ['traces-*'],
        writers: ['trace-writer'],
        // What the listing masks: all of it, so that the tools' own checks compare like with like.
        list_exact: '64MiB',
        list_budget: '64MiB',
      },
    ],
    policy: {
      builtin: { approve_multiple: false },
      limits: { max_traces: 200_000, window_approval: 900_000, window_block: 1_000_000 },
    },
    approvals: { default_groups: ['owners'], groups: [{ name: 'owners', members: ['olga', 'otto'] }] },
    identity: {
      users: [
        { id: 'ana', roles: ['ml-engineer', 'trace-writer'] },
        { id: 'olga', roles: ['trace-owner'] },
        { id: 'otto', roles: ['trace-owner'] },
      ],
    },
  })
  const { cwd } = program
  const key = asKey.parse(JSON.parse(await program.token('ana', '--s3', '--json')))
  const server = await program.start()
  const endpoint = `http://127.0.0.1:${port}`
  return {
    server,
    endpoint,
    env: {
      AWS_ACCESS_KEY_ID: key.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: key.SecretAccessKey,
      AWS_DEFAULT_REGION: store.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: join(cwd, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(cwd, 'none'),
      HOME: cwd,
    },
  }
}

const BOTO = `
import boto3, hashlib, io, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1])
assert [b['Name'] for b in s3.list_buckets()['Buckets']] == ['${BUCKET}']
for o in s3.list_objects_v2(Bucket='${BUCKET}')['Contents']:
    got = s3.get_object(Bucket='${BUCKET}', Key=o['Key'])
    body = got['Body'].read()
    assert len(body) == o['Size'], (o, len(body))
    assert hashlib.md5(body).hexdigest() == o['ETag'].strip('"') == got['ETag'].strip('"'), o
    assert b'${SECRET}' not in body
out = io.BytesIO()
s3.download_fileobj('${BUCKET}', 'large/log.ndjson', out)
assert b'[masked:' in out.getvalue()
s3.upload_fileobj(io.BytesIO(b'{"a":1}\\n' * 2000000), '${BUCKET}', 'up/boto.ndjson')
assert s3.head_object(Bucket='${BUCKET}', Key='up/boto.ndjson')['ContentLength'] == 16000000
print('fine')
`

async function checkPython(report: Report, scratch: string, { endpoint, env }: Started): Promise<void> {
  const venv = await openVenv('aws')
  if (!venv) return report.skip('AWS CLI and boto3', how('aws'))
  const all = { ...venv.env, ...env }
  const aws = (...args: string[]) => run(venv.bin('aws'), ['--endpoint-url', endpoint, ...args], { env: all })
  const listed = await aws('s3', 'ls', '--recursive', `s3://${BUCKET}/`)
  report.check('aws s3 ls lists', listed.out.includes('day/many.ndjson'), listed.err)
  const to = join(scratch, 's3-sync')
  const sync = await aws('s3', 'sync', `s3://${BUCKET}/`, to)
  report.check('aws s3 sync fetches all', sync.code === 0, sync.err)
  const text = readFileSync(join(to, 'large/log.ndjson'), 'utf8')
  report.check('what it fetched is masked', text.includes('[masked:') && !text.includes(SECRET))
  const again = await aws('s3', 'sync', '--size-only', `s3://${BUCKET}/`, to)
  report.check('a second sync finds nothing new', again.code === 0 && again.out.trim() === '', again.out)
  const up = await aws('s3', 'cp', join(to, 'day/one.json'), `s3://${BUCKET}/up/cli.json`)
  report.check('aws s3 cp uploads', up.code === 0, up.err)
  const gone = await aws('s3', 'rm', `s3://${BUCKET}/up/cli.json`)
  report.check(
    'aws s3 rm is refused, and says why',
    gone.code !== 0 && /Policy|refuse/i.test(gone.err + gone.out),
    gone.err,
  )
  const boto = await run(venv.bin('python'), ['-c', BOTO, endpoint], { env: all })
  report.check('boto3 lists, reads, downloads, uploads', boto.out.includes('fine'), boto.err.slice(-1500))
}

async function checkRclone(report: Report, scratch: string, { endpoint, env }: Started): Promise<void> {
  const rclone = process.env.RCLONE ?? 'rclone'
  const all = {
    PATH: `${process.env.PATH}:${join(homedir(), 'go', 'bin')}`,
    ...env,
    RCLONE_CONFIG_TW_TYPE: 's3',
    RCLONE_CONFIG_TW_PROVIDER: 'Other',
    RCLONE_CONFIG_TW_ENV_AUTH: 'true',
    RCLONE_CONFIG_TW_ENDPOINT: endpoint,
    RCLONE_CONFIG_TW_REGION: env.AWS_DEFAULT_REGION,
  }
  const go = (...args: string[]) => run(rclone, ['--config', '', ...args], { env: all })
  const version = await go('version').catch(() => undefined)
  if (version?.code !== 0) return report.skip('rclone', `apt-get install rclone, or go install ${RCLONE}`)
  const to = join(scratch, 's3-rclone')
  const copy = await go('copy', `tw:${BUCKET}/day`, to)
  report.check('rclone copy fetches', copy.code === 0, copy.err.slice(-1500))
  const check = await go('check', `tw:${BUCKET}/day`, to)
  report.check('rclone check finds no difference', check.code === 0, check.err.slice(-1500))
  const digest = createHash('md5')
    .update(readFileSync(join(to, 'many.ndjson')))
    .digest('hex')
  const sums = await go('md5sum', `tw:${BUCKET}/day`)
  report.check('rclone md5sum is that of what is sent', sums.out.includes(digest), sums.err)
  const put = await go('copyto', join(to, 'one.json'), `tw:${BUCKET}/up/rclone.json`)
  report.check('rclone uploads', put.code === 0, put.err.slice(-1500))
}

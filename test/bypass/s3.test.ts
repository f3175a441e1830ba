import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { direct, realS3, SECRET, s3House } from '../gateway/doors/s3/house.ts'
import { HOW } from '../support/s3.ts'
import { Bucket, readObject, S3_ATTACKS } from './corpus/s3.ts'
import { S3_HONEST, S3_OBJECTS } from './corpus/s3-honest.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const FORMS = [
  SECRET,
  [...SECRET].reverse().join(''),
  base64(SECRET).slice(0, 20),
  Buffer.from(SECRET).toString('hex'),
]
/** All that a client was told, flat. */
const said = (answer: unknown) =>
  [answer]
    .flat(3)
    .map((one) =>
      one instanceof Error
        ? `${one.name} ${one.message}`
        : Buffer.isBuffer(one)
          ? one.toString('latin1')
          : JSON.stringify(one),
    )
    .join('\n')

const server = await realS3(t)
if (!server) {
  const missing = `NOT RUN attacks on the S3 door: ${HOW}`
  if (process.env.CI === 'true') t.fail(missing)
  else t.comment(missing)
} else {
  const store = direct(t, server)
  await store.send(new CreateBucketCommand({ Bucket }))
  await store.send(new CreateBucketCommand({ Bucket: 'private' }))
  t.test('nothing planted in a bucket comes out, whatever is tried, and honest work passes', async (t) => {
    const { client } = await s3House(t, server)
    let leaks = 0
    for (const [i, attack] of S3_ATTACKS.entries()) {
      const { rows, name, key = `attack-${i}`, body, more, ask = readObject, refused } = attack
      if (body !== undefined)
        await store.send(new PutObjectCommand({ Bucket, Key: key, Body: body, ...more }))
      const answer: unknown = await ask(client, key).catch((error: unknown) => error)
      const told = said(answer)
      const leaked = FORMS.some((form) => told.includes(form) || told.includes(form.slice(0, 12)))
      const passed = refused === true && !(answer instanceof Error)
      if (leaked || passed) leaks++
      t.notOk(leaked, `rows ${rows.join(', ')}: ${name}`)
      if (refused) t.ok(answer instanceof Error, `${name}: refused`)
    }

    for (const [Key, Body] of Object.entries(S3_OBJECTS))
      await store.send(new PutObjectCommand({ Bucket, Key, Body }))
    const wrong: string[] = []
    for (const { name, tried } of S3_HONEST) {
      const answer = await tried(client).catch((error: unknown) => error)
      if (answer instanceof Error) wrong.push(`${name}: ${answer.name} ${answer.message}`)
      else if (answer === false) wrong.push(`${name}: not as it should be`)
    }
    t.strictSame(wrong, [], 'false refusals')
    t.comment(
      `attacks ${S3_ATTACKS.length}, leaks ${leaks}, false refusals ${wrong.length} of ${S3_HONEST.length} honest queries`,
    )
  })
}

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import type { Test } from 'tap'
import { startS3 } from '../../../support/s3.ts'
import { house as httpHouse, SECRET } from '../http/house.ts'

export { SECRET }

export interface S3HouseOptions {
  connection?: Record<string, unknown>
  policy?: Record<string, unknown>
  masking?: Record<string, unknown>
}

/** The real server; one a file. Undefined where it cannot be had. */
export async function realS3(t: Test) {
  const server = await startS3()
  t.teardown(() => server?.stop())
  return server
}

export type RealS3 = NonNullable<Awaited<ReturnType<typeof realS3>>>

/** The whole gateway of real parts with an S3 door before the real server. */
export async function s3House(t: Test, server: RealS3, options: S3HouseOptions = {}) {
  const house = await httpHouse(t, {
    instead: {
      name: 'store',
      protocol: 's3',
      listen: '127.0.0.1:0',
      backend: server.endpoint,
      region: server.region,
      access_key_id: server.accessKeyId,
      secret_access_key: server.secretAccessKey,
      buckets: ['traces*'],
      writers: ['ml-engineer'],
      deleters: ['ml-engineer'],
      timeout: '1m',
      hold: '200ms',
      ...options.connection,
    },
    policy: options.policy ?? { builtin: { approve_multiple: false } },
    masking: options.masking ?? {
      fields: [{ name: 'customer_id', paths: ['**.customer_id'] }],
    },
  })
  const key = await house.identity.createS3Key({ user: 'ann', ttl: 3_600_000, by: 'ann' })
  const clientOf = (
    credentials: { accessKeyId: string; secretAccessKey: string },
    more: S3ClientConfig = {},
  ) => {
    const client = new S3Client({
      endpoint: `http://${house.address()}`,
      region: server.region,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials,
      ...more,
    })
    t.teardown(() => client.destroy())
    return client
  }
  return { ...house, key, clientOf, client: clientOf(key) }
}

/** A client that stands before the server itself, to put there what the door is to mask. */
export function direct(t: Test, server: RealS3) {
  const client = new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    forcePathStyle: true,
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  })
  t.teardown(() => client.destroy())
  return client
}

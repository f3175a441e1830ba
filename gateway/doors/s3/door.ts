import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { hmacSha256 } from '../../../core/hmac.ts'
import type { S3ConnectionConfig } from '../../config.ts'
import { rememberDecoys } from '../../decoys/decoys.ts'
import type { OpenDoor } from '../door.ts'
import { createUnauthenticated } from '../unauthenticated.ts'
import { openBackend } from './backend.ts'
import { createCopies } from './copies/copies.ts'
import { openVault } from './copies/vault.ts'
import { withDecoys } from './decoys/backend.ts'
import type { Door, Reading, S3DoorDeps } from './door-context.ts'
import { createDownloads } from './downloads.ts'
import { keyPattern, shapeOf } from './formats/shape.ts'
import { createListener } from './listener.ts'
import { createSeals } from './seals.ts'

/** S3 clients give up after 60 s without a byte. */
const HOLD = 50_000

/** One connection's door: the buckets of one S3 service, as each reader may see them, on a port of its own. */
export function createS3Door(connection: S3ConnectionConfig, deps: S3DoorDeps): OpenDoor {
  const { copies: directory, ...rest } = deps
  const buckets = connection.buckets.map(keyPattern)
  const decoys = rememberDecoys(deps.keys)
  const backend = withDecoys(openBackend(connection, deps.clock), () =>
    decoys(deps.snapshot().config).served(connection.name),
  )
  let server: ReturnType<typeof createListener> | undefined
  let close: (() => Promise<void>) | undefined
  let door: Door | undefined

  return {
    connection,
    async listen() {
      const vault = await openVault(join(directory, connection.name), deps.random)
      const copies = createCopies(connection.copies)
      door = {
        ...rest,
        log: deps.log.child({ connection: connection.name }),
        connection,
        backend,
        vault,
        copies,
        downloads: createDownloads(deps.clock),
        seals: createSeals(deps.keys.derive('s3-seals')),
        offers: (bucket) => buckets.some((pattern) => pattern.test(bucket)),
        readingOf: readings(connection),
        unauthenticated: createUnauthenticated({
          connection: connection.name,
          protocol: 's3',
          spool: deps.spool,
          clock: deps.clock,
          log: deps.log,
          quota: () => deps.snapshot().config.identity.unauthenticated.events_per_minute,
          decoy: (text) => decoys(deps.snapshot().config).within(connection.name, [text], false),
        }),
        hold: connection.hold ?? HOLD,
        held: (by) => deps.metrics.held.inc({ connection: connection.name }, by),
        decoys,
        statementMac: hmacSha256(deps.keys.derive('statement-hash')),
        logicalKey: deps.keys.derive('logical-query'),
      }
      const tls = connection.tls && {
        cert: readFileSync(connection.tls.cert),
        key: readFileSync(connection.tls.key),
      }
      const listening = createListener(door, tls)
      server = listening
      close = async () => {
        await copies.clear()
        await vault.clear()
      }
      const colon = connection.listen.lastIndexOf(':')
      const host = connection.listen.slice(0, colon).replace(/^\[|\]$/g, '')
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject)
        listening.listen(Number(connection.listen.slice(colon + 1)), host, resolve)
      })
      const address = listening.address()
      return { address: address === null || typeof address === 'string' ? '' : printed(address) }
    },
    sweep() {
      door?.unauthenticated.sweep()
      door?.downloads.sweep()
    },
    async close(deadlineMs) {
      const listening = server
      if (listening?.listening) {
        const late = setTimeout(() => listening.closeAllConnections(), deadlineMs)
        await new Promise<void>((resolve) => {
          listening.close(() => resolve())
          listening.closeIdleConnections()
        })
        clearTimeout(late)
      }
      door?.unauthenticated.sweep()
      await backend.close()
      await close?.()
    },
  }
}

/** The first rule whose keys match, and the shape of what it describes, made once. */
function readings(connection: S3ConnectionConfig): Door['readingOf'] {
  const rules = connection.formats.map((rule) => ({
    pattern: keyPattern(rule.keys),
    reading: { rule, shape: shapeOf(rule) } satisfies Reading,
  }))
  const otherwise: Reading = { rule: undefined, shape: shapeOf(undefined) }
  return (bucket, key) => rules.find(({ pattern }) => pattern.test(`${bucket}/${key}`))?.reading ?? otherwise
}

const printed = ({ address, port, family }: AddressInfo): string =>
  `${family === 'IPv6' ? `[${address}]` : address}:${port}`

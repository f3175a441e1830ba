import { createHmac } from 'node:crypto'
import type { MasterKey } from '../../core/secrets.ts'
import type { CanaryConfig, PlantConfig } from '../config/canaries.ts'
import type { ConnectionConfig, GatewayConfig } from '../config.ts'
import { baitOf } from './bait.ts'
import type { Decoy, Decoys, Touched } from './decoy.ts'

/** Where nothing says when: some hour from here on, before most stores of today were filled. */
const FROM = Date.UTC(2025, 0, 7)
const SPAN_HOURS = 90 * 24
const HOUR = 3_600_000

/** Stores whose lists the gateway knows well enough to add to them. */
const SERVED: ReadonlySet<string> = new Set(['mlflow', 'phoenix', 's3'])

/** Config → its decoys, made once a config. */
export function rememberDecoys(keys: MasterKey): (config: GatewayConfig) => Decoys {
  const known = new WeakMap<GatewayConfig, Decoys>()
  return (config) => {
    let decoys = known.get(config)
    if (!decoys) {
      decoys = decoysOf(config, keys)
      known.set(config, decoys)
    }
    return decoys
  }
}

export function decoysOf(
  { policy, connections }: Pick<GatewayConfig, 'policy' | 'connections'>,
  keys: MasterKey,
): Decoys {
  const all = policy.canaries.flatMap((canary) => {
    const { plant } = canary
    if (!plant) return []
    return connections
      .filter(({ name }) => canary.connections === undefined || canary.connections.includes(name))
      .flatMap((connection) => decoyOf(canary, plant, connection, keys) ?? [])
  })
  return {
    all,
    served: (connection) => all.filter((decoy) => decoy.served && decoy.connection === connection),
    among(connection, ids) {
      for (const decoy of all)
        if (decoy.connection === connection && ids.includes(decoy.id)) return touched(decoy, 'trace')
      return undefined
    },
    within(connection, texts, ids) {
      for (const decoy of all) {
        const there = (mark: string) => texts.some((text) => text !== undefined && holds(text, mark))
        if (decoy.bait?.marks.some(there)) return touched(decoy, 'credential')
        if (ids && decoy.connection === connection && there(decoy.id)) return touched(decoy, 'trace')
      }
      return undefined
    },
  }
}

const touched = ({ canary, id }: Decoy, kind: Touched['kind']): Touched => ({ name: canary, kind, decoy: id })

const holds = (text: string | Uint8Array, mark: string): boolean =>
  typeof text === 'string'
    ? text.includes(mark)
    : Buffer.from(text.buffer, text.byteOffset, text.byteLength).includes(mark)

const kindOf = (connection: ConnectionConfig): string =>
  connection.protocol === 'http' ? connection.profile : connection.protocol

function decoyOf(
  canary: CanaryConfig,
  plant: PlantConfig,
  connection: ConnectionConfig,
  keys: MasterKey,
): Decoy | undefined {
  const key = keys.derive('decoys')
  const bytes = (purpose: string, length: number) =>
    createHmac('sha256', key)
      .update(JSON.stringify([connection.name, canary.name, purpose]))
      .digest()
      .subarray(0, length)
  const kind = kindOf(connection)
  const id = idOf(kind, bytes('id', 16), plant.in)
  if (id === undefined) return undefined
  const { time } = plant
  const hours = bytes('time', 4).readUInt32BE() % SPAN_HOURS
  return {
    canary: canary.name,
    connection: connection.name,
    id,
    places: plant.in,
    served: SERVED.has(kind),
    time:
      time === undefined
        ? FROM + hours * HOUR + (bytes('minute', 3).readUIntBE(0, 3) % HOUR)
        : Date.parse(time),
    about: plant.about,
    bait: baitOf(plant.bait, bytes),
    bytes,
  }
}

/** As each store writes the ids of its traces. */
function idOf(kind: string, bytes: Buffer, places: readonly string[]): string | undefined {
  const hex = bytes.toString('hex')
  switch (kind) {
    case 'mlflow':
      return `tr-${hex}`
    case 'phoenix':
    case 'jaeger':
    case 'tempo':
      return hex
    case 's3': {
      const place = places.find((each) => /^[^/]+\/./.test(each))
      return place === undefined ? undefined : `s3://${place.replaceAll('{id}', hex)}`
    }
    default:
      return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-9$4-$5')
  }
}

import type { GatewayConfig } from '../../config.ts'
import type { Problem } from '../problem.ts'

const OBJECT = /^[^/]+\/.+\.(?:json|jsonl|ndjson|csv)(?:\.gz)?$/

/** A decoy must have a place that its store can have. */
export function* lintCanaries({ policy, connections }: GatewayConfig): Generator<Problem> {
  const known = new Map(connections.map((connection) => [connection.name, connection]))
  for (const [index, { connections: names, plant }] of policy.canaries.entries()) {
    if (!plant) continue
    const path = ['policy', 'canaries', index, 'plant', 'in']
    const there = (names ?? [...known.keys()]).flatMap((name) => known.get(name) ?? [])
    if (there.some(({ protocol }) => protocol === 's3') && !plant.in.some((place) => OBJECT.test(place)))
      yield {
        path,
        message:
          'expected bucket/key of an object that ends in .json, .jsonl, .ndjson or .csv, with .gz or without',
      }
    if (there.length === 0) yield { path, message: 'expected a connection that the decoy can stand on' }
  }
}

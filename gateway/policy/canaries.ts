import type { CanaryConfig } from '../config/canaries.ts'

/**
 * The name of the canary that one of these traces, or this collection, is; undefined where none is. Reading one is
 * allowed or refused like any other read: who reads a decoy must not notice that it is one.
 */
export type CanaryOf = (
  connection: string,
  collection: string | undefined,
  traceIds: readonly string[],
) => string | undefined

export function compileCanaries(canaries: readonly CanaryConfig[]): CanaryOf {
  if (canaries.length === 0) return () => undefined
  const byTrace = new Map<string, CanaryConfig[]>()
  for (const canary of canaries)
    for (const id of canary.traces) byTrace.set(id, [...(byTrace.get(id) ?? []), canary])
  const byCollection = canaries
    .filter(({ collections }) => collections.length > 0)
    .map((canary) => ({ canary, patterns: canary.collections.map(pattern) }))
  const there = ({ connections }: CanaryConfig, connection: string) =>
    connections === undefined || connections.includes(connection)

  return (connection, collection, traceIds) => {
    if (byTrace.size > 0)
      for (const id of traceIds) {
        const canary = byTrace.get(id)?.find((each) => there(each, connection))
        if (canary) return canary.name
      }
    if (collection === undefined) return undefined
    return byCollection.find(
      ({ canary, patterns }) => there(canary, connection) && patterns.some((each) => each.test(collection)),
    )?.canary.name
  }
}

/** Collections are plain text: `*` stands for anything but a slash, `**` for anything. */
const pattern = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split(/(\*\*|\*)/)
      .map((part) =>
        part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'),
      )
      .join('')}$`,
    's',
  )

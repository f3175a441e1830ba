import type { GatewayConfig } from '../../config.ts'
import type { Problem } from '../problem.ts'

const ANY = new Set(['0.0.0.0', '[::]', '*'])

/** Connections that rules name exist, and no two doors would listen on one address. */
export function* lintConnections({ connections, policy }: GatewayConfig): Generator<Problem> {
  const names = new Set(connections.map((c) => c.name))
  for (const [index, rule] of policy.rules.entries())
    for (const [at, name] of (rule.connections ?? []).entries())
      if (!names.has(name))
        yield {
          path: ['policy', 'rules', index, 'connections', at],
          message: `there is no connection ${name}; expected one of ${list(names)}`,
        }
  for (const [index, connection] of connections.entries()) {
    const other = connections.slice(0, index).find((c) => collide(c.listen, connection.listen))
    if (other)
      yield {
        path: ['connections', index, 'listen'],
        message: `${connection.listen} is taken by connection ${other.name}; expected an address of its own`,
      }
    if (
      connection.protocol === 'http' &&
      connection.profile === 'json' &&
      connection.routes.length === 0 &&
      connection.unknown_routes === 'refuse'
    )
      yield {
        path: ['connections', index, 'routes'],
        message: 'the json profile knows no route of its own; expected at least one',
      }
    if (connection.protocol === 'http' && connection.profile === 'mcp' && connection.mcp.tools.length === 0)
      yield {
        path: ['connections', index, 'mcp', 'tools'],
        message: 'the mcp profile lets no tool be called that is not listed; expected at least one',
      }
  }
}

function collide(a: string, b: string): boolean {
  const [hostA, portA] = split(a)
  const [hostB, portB] = split(b)
  return portA === portB && portA !== '0' && (hostA === hostB || ANY.has(hostA) || ANY.has(hostB))
}

function split(address: string): [string, string] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon).replace('localhost', '127.0.0.1'), address.slice(colon + 1)]
}

const list = (names: Iterable<string>) => [...names].join(', ') || 'none: there are no connections'

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  CanonicalRequest,
  Profile,
  Route,
  RouteFacts,
} from '../../../../../gateway/doors/http/profile.ts'
import type { ResponseShape } from '../../../../../gateway/masking/masker.ts'

/** A request as the door would hand it to a profile, and the route that takes it. */
export function ask(
  profile: Profile,
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const { pathname, searchParams } = new URL(url, 'http://store')
  const path = decodeURIComponent(pathname)
  const found = match(profile, method, path)
  const request: CanonicalRequest = {
    method,
    path,
    params: found?.params ?? {},
    query: [...searchParams],
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body:
      body === undefined
        ? new Uint8Array()
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  }
  return { route: found?.route, request }
}

/** What a route reads off a request. */
export function factsOf(...args: Parameters<typeof ask>): RouteFacts & { name: string; does: string } {
  const { route, request } = ask(...args)
  if (!route) throw new Error(`no route for ${args[1]} ${args[2]}`)
  const facts = route.facts?.(request) ?? {}
  return { ...facts, name: facts.route ?? route.name, does: facts.action ?? route.action }
}

function match(
  profile: Profile,
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  const parts = path.split('/').slice(1)
  for (const route of profile.routes) {
    if (!route.methods.includes(method)) continue
    const wanted = route.path.split('/').slice(1)
    const rest = wanted.at(-1) === '*'
    if (rest) wanted.pop()
    if (rest ? parts.length < wanted.length : parts.length !== wanted.length) continue
    if (!wanted.every((segment, i) => segment.startsWith(':') || segment === parts[i])) continue
    const params = Object.fromEntries(
      wanted.flatMap((segment, i) => (segment.startsWith(':') ? [[segment.slice(1), parts[i]!]] : [])),
    )
    return { route, params }
  }
  return undefined
}

/** The shape of what a request is answered with. */
export function shapeOf(facts: RouteFacts): ResponseShape {
  if (!facts.response || facts.response.kind === 'asset') throw new Error('no shape')
  return facts.response.shape
}

export const wire = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../../../fixtures/wire', name), 'utf8')

/** Every path of a JSON document (indexes `*`, dotted keys split) with the text at it. */
export function leaves(
  value: unknown,
  path: readonly string[] = [],
): { path: readonly string[]; text: string }[] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, [...path, '*']))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, ...key.split('.')]))
  return [{ path, text: String(value) }]
}

export function matches(globs: readonly string[], path: readonly string[]): boolean {
  const text = path.join('.').toLowerCase()
  return globs.some((glob) => {
    const pattern = glob
      .toLowerCase()
      .split('.')
      .map((part) => (part === '**' ? '.*' : part.replace(/[^\w*]/g, '\\$&').replace(/\*/g, '[^.]*')))
      .join('\\.')
      .replace(/\\\.\.\*$/, '(\\..*)?')
    return new RegExp(`^${pattern}$`).test(text)
  })
}

import t from 'tap'
import { CodedError } from '../../../../../core/errors.ts'
import type { Profile } from '../../../../../gateway/doors/http/profile.ts'
import {
  elasticsearchProfile,
  mcpProfile,
  profiles,
} from '../../../../../gateway/doors/http/profiles/index.ts'
import { connectionConfig } from '../../../../../gateway/port.ts'
import { ask, factsOf, matches } from './kit.ts'

const connection = connectionConfig.parse({
  name: 'x',
  profile: 'json',
  listen: '127.0.0.1:0',
  backend: 'http://127.0.0.1:1',
})
const made =
  connection.protocol === 'http'
    ? [elasticsearchProfile(connection.elasticsearch), mcpProfile(connection.mcp)]
    : []
const all: readonly Profile[] = [...Object.values(profiles), ...made]

/** What a profile makes of a request, as policy would see it. */
function taken(profile: Profile, request: string, body: object | undefined) {
  const [method = '', url = ''] = request.split(' ')
  const { route } = ask(profile, method, url, body)
  if (!route) return { is: 'unknown' }
  try {
    const facts = factsOf(profile, method, url, body)
    if (facts.name === 'unknown' && !facts.predicates?.length) return { is: 'unknown' }
    const response = facts.response ?? route.response
    const { structural, traceId, time } =
      response.kind === 'asset' ? { structural: [], traceId: [], time: [] } : response.shape
    const plain = [...structural, ...traceId, ...time]
    const oracle = facts.predicates?.some(({ field }) => !matches(plain, field.split('.')))
    return { is: oracle ? 'oracle' : facts.does, traceIds: facts.traceIds }
  } catch (error) {
    if (error instanceof CodedError) return { is: 'refused' }
    throw error
  }
}

for (const profile of all)
  t.test(`${profile.name}: requests are what its examples say`, async (t) => {
    t.ok(
      profile.examples.some(({ is }) => is === 'oracle' || is === 'refused'),
      'one of them is refused',
    )
    for (const { name, request, body, is, traceIds } of profile.examples)
      t.match(taken(profile, request, body), traceIds ? { is, traceIds } : { is }, name)
  })

import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

export const refuseUnknown: BuiltinRule = {
  name: 'refuse-unknown',
  sentence: 'Routes and connections that the gateway does not know are refused.',
  stage: 'request',
  on: () => true,
  judge({ request, config }) {
    // The console's own reads (recordings) are a connection that no config names.
    if (request.protocol === 'console') return undefined
    const connection = config.connections.find((c) => c.name === request.connection)
    const passes = connection?.protocol === 'http' && connection.unknown_routes === 'pass'
    if (connection && (request.route !== 'unknown' || passes)) return undefined
    const error = fail('TW_POLICY_UNKNOWN_ROUTE', { route: request.shape, connection: request.connection })
    return { effect: 'block', code: 'TW_POLICY_UNKNOWN_ROUTE', reason: error.message }
  },
  examples: [
    { name: 'a route of the profile', given: {}, effect: 'silent' },
    { name: 'a route nobody described', given: { request: { route: 'unknown' } }, effect: 'block' },
    {
      name: 'a connection that is not in the config',
      given: { request: { connection: 'x' } },
      effect: 'block',
    },
    {
      name: 'the console, reading a recording',
      given: { request: { connection: 'recordings', protocol: 'console' } },
      effect: 'silent',
    },
  ],
}

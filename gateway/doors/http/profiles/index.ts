import type { HttpConnectionConfig } from '../../../config.ts'
import type { Profile } from '../profile.ts'
import { elasticsearchProfile } from './elasticsearch.ts'
import { jaeger } from './jaeger.ts'
import { jsonProfile } from './json.ts'
import { langfuse } from './langfuse.ts'
import { mcpProfile } from './mcp.ts'
import { mlflow } from './mlflow.ts'
import { phoenix } from './phoenix.ts'
import { tempo } from './tempo.ts'

export { profileErrors } from './errors.ts'
export { elasticsearchProfile, jsonProfile, mcpProfile }

/** Backends that bring their own routes. A new one is a file beside these and a line here. */
export const profiles = { mlflow, phoenix, langfuse, jaeger, tempo } satisfies Readonly<
  Record<string, Profile>
>

type Named = Pick<HttpConnectionConfig, 'profile' | 'routes' | 'elasticsearch' | 'mcp' | 'hold'>

/** The profile a connection names, with its own hold where the config gives one. */
export function profileFor(connection: Named): Profile {
  const found = profileOf(connection)
  return connection.hold === undefined ? found : { ...found, hold: connection.hold }
}

/** Those whose routes follow from the connection's config are made for it. */
function profileOf({ profile, routes, elasticsearch, mcp }: Named): Profile {
  switch (profile) {
    case 'json':
      return jsonProfile(routes)
    case 'elasticsearch':
      return elasticsearchProfile(elasticsearch)
    case 'mcp':
      return mcpProfile(mcp)
    default:
      return profiles[profile]
  }
}

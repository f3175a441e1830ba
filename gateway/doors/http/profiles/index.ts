import type { HttpConnectionConfig } from '../../../config.ts'
import type { Profile } from '../profile.ts'
import { jsonProfile } from './json.ts'
import { mlflow } from './mlflow.ts'
import { phoenix } from './phoenix.ts'

export { profileErrors } from './errors.ts'
export { jsonProfile }

/** Backends that bring their own routes. A new one is a file beside these and a line here. */
export const profiles: Readonly<Record<'mlflow' | 'phoenix', Profile>> = { mlflow, phoenix }

/** The profile a connection names, with its own hold where the config gives one. */
export function profileFor(connection: Pick<HttpConnectionConfig, 'profile' | 'routes' | 'hold'>): Profile {
  const { profile, routes, hold } = connection
  const found = profile === 'json' ? jsonProfile(routes) : profiles[profile]
  return hold === undefined ? found : { ...found, hold }
}

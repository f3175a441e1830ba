import type { Profile } from '../profile.ts'
import { phoenixDecoys } from './phoenix/decoys.ts'
import { examples } from './phoenix/examples.ts'
import { routes } from './phoenix/routes.ts'

/** Arize Phoenix 20 (REST, GraphQL, span tables, pages), as seen on the wire of 20.26. Its client gives up after 5 s. */
export const phoenix: Profile = {
  name: 'phoenix',
  title: 'Arize Phoenix 20',
  hold: 4_000,
  routes: routes(),
  examples,
  decoys: phoenixDecoys,
}

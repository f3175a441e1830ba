import type { Attack } from '../attack.ts'
import { pages, stores } from './answers.ts'
import { approvals } from './approvals.ts'
import { canonical } from './canonical.ts'
import { elasticsearch } from './elasticsearch.ts'
import { encodings } from './encodings.ts'
import { limits } from './limits.ts'
import { listings, oracles } from './oracles.ts'
import { people } from './people.ts'
import { profiles } from './profiles.ts'
import { promises } from './promises.ts'
import { records } from './records.ts'

export const corpus: readonly Attack[] = [
  ...encodings,
  ...stores,
  ...pages,
  ...canonical,
  ...oracles,
  ...listings,
  ...limits,
  ...approvals,
  ...people,
  ...records,
  ...promises,
  ...profiles,
  ...elasticsearch,
]

import type { Attack } from '../attack.ts'
import { pages, stores } from './answers.ts'
import { approvals } from './approvals.ts'
import { canonical } from './canonical.ts'
import { elasticsearch } from './elasticsearch.ts'
import { encodings } from './encodings.ts'
import { filterOracles } from './filters.ts'
import { graphql } from './graphql.ts'
import { limits } from './limits.ts'
import { patience } from './patience.ts'
import { people } from './people.ts'
import { profiles } from './profiles.ts'
import { promises } from './promises.ts'
import { records } from './records.ts'
import { waysOut } from './ways-out.ts'

export const corpus: readonly Attack[] = [
  ...encodings,
  ...stores,
  ...pages,
  ...canonical,
  ...filterOracles,
  ...graphql,
  ...waysOut,
  ...limits,
  ...approvals,
  ...people,
  ...records,
  ...promises,
  ...profiles,
  ...elasticsearch,
  ...patience,
]

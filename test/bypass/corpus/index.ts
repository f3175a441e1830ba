import type { Attack } from '../attack.ts'
import { pages, stores } from './answers.ts'
import { canonical } from './canonical.ts'
import { encodings } from './encodings.ts'

export const corpus: readonly Attack[] = [...encodings, ...stores, ...pages, ...canonical]

import type { Attack } from '../attack.ts'
import { encodings } from './encodings.ts'

export const corpus: readonly Attack[] = [...encodings]

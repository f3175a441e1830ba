import { cloud } from './cloud.ts'
import { code } from './code.ts'
import { generic } from './generic.ts'
import { models } from './models.ts'
import { personal } from './personal.ts'
import type { ContentRule } from './rule.ts'
import { services } from './services.ts'

/** Every built-in content rule; where two match the same text, the earlier one names it. */
export const builtinRules: readonly ContentRule[] = [
  ...cloud,
  ...code,
  ...models,
  ...services,
  ...personal,
  ...generic,
]

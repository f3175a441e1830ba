import type { BuiltinRule } from '../rule.ts'
import { approveHighRisk } from './approve-high-risk.ts'
import { approveMultiple } from './approve-multiple.ts'
import { blockAdmin } from './block-admin.ts'
import { blockExport } from './block-export.ts'
import { blockHiddenPredicates } from './block-hidden-predicates.ts'
import { blockWrite } from './block-write.ts'
import { limitRequest } from './limit-request.ts'
import { approveWindow, limitWindow } from './limit-window.ts'
import { maskHidden } from './mask-hidden.ts'
import { refuseUnknown } from './refuse-unknown.ts'
import { s3Roles } from './s3-roles.ts'

/** In the order in which equally strict matches are named. */
export const builtinRules: readonly BuiltinRule[] = [
  refuseUnknown,
  blockAdmin,
  blockExport,
  blockWrite,
  s3Roles,
  blockHiddenPredicates,
  limitRequest,
  limitWindow,
  approveMultiple,
  approveHighRisk,
  approveWindow,
  maskHidden,
]

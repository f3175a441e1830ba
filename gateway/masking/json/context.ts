import type { KeyObject } from 'node:crypto'
import type { Observer } from '../observe.ts'
import type { PathNode } from '../paths/table.ts'
import type { ScanRule } from '../scan/ruleset.ts'
import type { TextScanner } from '../scan/text.ts'

/** What the scanners of one body share, and then those of the next. */
export interface Context {
  readonly root: PathNode
  readonly text: TextScanner
  /** Of the body that is read now. */
  observer: Observer
  readonly hideContent: boolean
  readonly reveal: ReadonlySet<string>
  readonly pseudonym: KeyObject
  /** Bytes between the quotes of the longest string. */
  readonly maxString: number
  /** Rules that are not keyword and pattern: names that say `secret`, numbers that are cards. */
  readonly secretName: ScanRule | undefined
  readonly passwordName: ScanRule | undefined
  readonly card: ScanRule | undefined
}

import { hasSqlDetails, loadModule, parseSync } from 'libpg-query'
import { Deparser } from 'pgsql-deparser'
import { sameTree } from './same-tree.ts'
import type { Node } from './tree.ts'

/** PostgreSQL's own parser and a printer of its trees; the only place that knows either library. */
export interface Parser {
  /** The statements of a text. Trees are the caller's to change. @throws SyntaxProblem */
  parse(text: string): Node[]
  /** The text of a tree, proven by parsing it again: undefined where the printer lost or changed anything. */
  print(tree: Node): string | undefined
}

export class SyntaxProblem extends Error {
  /** 1-based, in characters. */
  readonly position: number | undefined

  constructor(position: number | undefined) {
    super('syntax error')
    this.name = 'SyntaxProblem'
    this.position = position
  }
}

/** The parser is WebAssembly and has to be loaded once. */
export async function openParser(): Promise<Parser> {
  await loadModule()
  const parse = (text: string): Node[] => {
    if (text.trim() === '') return []
    try {
      return (parseSync(text).stmts ?? []).flatMap(({ stmt }) => (stmt ? [stmt] : []))
    } catch (error) {
      // Its message quotes the text, which may be a secret that somebody searches for.
      throw new SyntaxProblem(hasSqlDetails(error) ? positionOf(error.sqlDetails?.cursorPosition) : undefined)
    }
  }
  return {
    parse,
    print(tree) {
      try {
        const text = textOf(tree)
        const [again, ...rest] = parse(text)
        return again && rest.length === 0 && sameTree(tree, again) ? text : undefined
      } catch {
        return undefined
      }
    },
  }
}

/** The printer knows no WITH TIES; a whole statement can be given it here. */
function textOf(tree: Node): string {
  const select = 'SelectStmt' in tree ? tree.SelectStmt : undefined
  if (select?.limitOption !== 'LIMIT_OPTION_WITH_TIES' || !select.limitCount)
    return Deparser.deparse(tree, { pretty: false })
  const { limitCount, ...rest } = select
  const text = Deparser.deparse({ SelectStmt: rest }, { pretty: false })
  return `${text} FETCH FIRST (${Deparser.deparse(limitCount)}) ROWS WITH TIES`
}

const positionOf = (cursor: number | undefined) =>
  cursor === undefined || cursor < 0 ? undefined : cursor + 1

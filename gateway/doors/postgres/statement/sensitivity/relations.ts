import { CodedError } from '../../../../../core/errors.ts'
import type { Relation } from '../../catalogue/catalogue.ts'
import { isSystem, NEVER_COLUMNS, openRelation } from '../allow/relations.ts'
import { refuse } from '../errors.ts'
import type { Parser } from '../parser/parser.ts'
import type { Sensitivity, Source, StatementContext } from '../plan.ts'
import { columnsOf, pathOf, sourceOf } from './columns.ts'
import { declarationOf } from './declared.ts'
import { fieldsOf } from './fields.ts'
import { referencedColumns } from './generated.ts'
import { type PostgresPolicy, segment } from './policy.ts'

/** A column of a relation, judged. */
export interface RelationColumn {
  readonly number: number
  readonly name: string
  readonly sensitivity: Sensitivity
  readonly source: Source
  readonly field?: string
  readonly json: boolean
  readonly traceId: boolean
  readonly time: boolean
}

/** A relation that statements may read. */
export interface KnownRelation {
  readonly relation: Relation
  /** `schema.table`. */
  readonly name: string
  /** Part of the server's catalogue: its rows are no traces. */
  readonly system: boolean
  readonly collection: string
  readonly columns: readonly RelationColumn[]
}

/** What the binder found a view's columns to be, in their order; an error where the view cannot be judged. */
export type ViewJudge = (relation: Relation, relations: Relations) => readonly ViewColumn[]
export type ViewColumn = Pick<RelationColumn, 'sensitivity' | 'json' | 'traceId' | 'time'> & {
  readonly field?: string
  readonly source?: Source
}

/** The relations of one context, each judged once, when first asked for. */
export class Relations {
  private readonly context: StatementContext
  private readonly parser: Parser
  private readonly judgeView: ViewJudge
  private readonly known = new Map<number, KnownRelation | CodedError>()
  /** Views being judged: one cannot contain itself, but a catalogue may say so. */
  private readonly open = new Set<number>()

  constructor(context: StatementContext, parser: Parser, judgeView: ViewJudge) {
    this.context = context
    this.parser = parser
    this.judgeView = judgeView
  }

  /** @throws TW_SQL_UNDECLARED, TW_SQL_CATALOGUE, TW_SQL_VIEW */
  of(relation: Relation): KnownRelation {
    let found = this.known.get(relation.oid)
    if (!found) {
      found = this.attempt(relation)
      this.known.set(relation.oid, found)
    }
    if (found instanceof CodedError) throw found
    return found
  }

  private attempt(relation: Relation): KnownRelation | CodedError {
    const name = `${relation.schema}.${relation.name}`
    if (this.open.has(relation.oid))
      return refuse('TW_SQL_VIEW', { relation: name, reason: 'it contains itself', hash: '' })
    this.open.add(relation.oid)
    try {
      return isSystem(relation.schema) ? this.system(relation, name) : this.users(relation, name)
    } catch (error) {
      if (error instanceof CodedError) return error
      throw error
    } finally {
      this.open.delete(relation.oid)
    }
  }

  private system(relation: Relation, name: string): KnownRelation {
    const { policy } = this.context
    if (!policy.catalogue || !openRelation(relation.schema, relation.name))
      throw refuse('TW_SQL_CATALOGUE', { relation: name }, 'sql-catalogue')
    const columns = relation.attributes.map((attribute): RelationColumn => {
      const path = pathOf(relation, attribute.name)
      const never = NEVER_COLUMNS.has(`${relation.name}.${attribute.name}`)
      const { hidden } = fieldsOf(policy.masking, path)
      return {
        number: attribute.number,
        name: attribute.name,
        sensitivity: never || hidden ? 'hidden' : 'plain',
        ...(hidden ? { field: hidden.name } : {}),
        source: sourceOf(path, undefined),
        json: false,
        traceId: false,
        time: false,
      }
    })
    return { relation, name, system: true, collection: name, columns }
  }

  private users(relation: Relation, name: string): KnownRelation {
    const { policy, catalogue } = this.context
    const entry = declarationOf(relation, policy, catalogue)
    const collection = entry?.table.collection ?? name
    const reviewed = relation.definition === undefined || entry?.table.definition === relation.definition.hash
    if (!reviewed) return { relation, name, system: false, collection, columns: this.view(relation, policy) }
    if (!entry) throw refuse('TW_SQL_UNDECLARED', { relation: name }, 'sql-undeclared')
    const columns = columnsOf(relation, entry, policy, catalogue)
    return { relation, name, system: false, collection, columns: this.generated(relation, columns, policy) }
  }

  /** A generated column repeats what its expression reads, whatever its own type is. */
  private generated<T extends RelationColumn>(
    relation: Relation,
    columns: readonly T[],
    policy: PostgresPolicy,
  ): RelationColumn[] {
    const entry = declarationOf(relation, policy, this.context.catalogue)
    return columns.map((column) => {
      const expression = relation.attributes.find((a) => a.number === column.number)?.generated
      if (expression === undefined || entry?.table.structural.includes(column.name)) return column
      const names = referencedColumns(this.parser, expression)
      const secret = columns.find(
        (other) => other.sensitivity !== 'plain' && (names?.has(other.name) ?? true),
      )
      if (!secret) return column
      return {
        ...column,
        sensitivity: 'hidden',
        ...(secret.field === undefined ? {} : { field: secret.field }),
      }
    })
  }

  /** A view is as sensitive as what its definition reads; what config says of the view itself can only add. */
  private view(relation: Relation, policy: PostgresPolicy): RelationColumn[] {
    const judged = this.judgeView(relation, this)
    const entry = policy.tables.find((one) => one.exact && one.covers(relation.schema, relation.name))
    return relation.attributes.map((attribute, index): RelationColumn => {
      const column = judged[index]
      const path = pathOf(relation, attribute.name)
      const own = fieldsOf(policy.masking, path)
      const source = column?.source ?? sourceOf(path, entry)
      const known = fieldsOf(policy.masking, source.path)
      // Fields that hide something inside the view's own JSON, and not inside the table's, would be missed.
      const inside = column?.json ? own.inside.find((field) => !known.inside.includes(field)) : undefined
      const hidden = own.hidden?.name ?? inside?.name ?? column?.field
      const base = {
        number: attribute.number,
        name: attribute.name,
        source,
        json: column?.json ?? false,
        traceId: entry?.table.trace_id === attribute.name || (column?.traceId ?? false),
        time: entry?.table.time === attribute.name || (column?.time ?? false),
      }
      if (!column || column.sensitivity === 'hidden' || hidden !== undefined)
        return { ...base, sensitivity: 'hidden', ...(hidden === undefined ? {} : { field: hidden }) }
      const declared = entry?.table.structural.includes(segment(attribute.name)) && !column.json
      return { ...base, sensitivity: declared ? 'plain' : column.sensitivity }
    })
  }
}

/**
 * The catalogue: what the database of a connection has, read once in one snapshot and frozen. Statements are bound
 * against it. The *epoch* says cheaply whether it is still the database's: DDL anywhere changes it.
 */

/** pg_class.relkind: table, view, materialised view, partitioned, foreign. */
export type RelationKind = 'r' | 'v' | 'm' | 'p' | 'f'

export interface Attribute {
  readonly number: number
  readonly name: string
  readonly type: number
  /** Expression text of a generated column (stored or virtual), as pg_get_expr prints it. */
  readonly generated?: string
}

export interface Relation {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: RelationKind
  /** Live attributes in their order. */
  readonly attributes: readonly Attribute[]
  /** OIDs of relations it inherits from or is a partition of. */
  readonly parents: readonly number[]
  readonly children: readonly number[]
  /** Views: the SELECT, all names outside pg_catalog qualified, and `sha256:…` of it. */
  readonly definition?: { readonly text: string; readonly hash: string }
  /** Attribute numbers of each unique key whose columns are NOT NULL. */
  readonly keys: readonly (readonly number[])[]
  /** Attribute numbers in any unique or exclusion index, 0 for an expression: a write fails where a value is there. */
  readonly unique: readonly number[]
  /** Attribute number, OID and attribute number that it refers to: a write fails where a value is not there. */
  readonly references: readonly (readonly [from: number, relation: number, to: number])[]
}

export interface PgType {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** pg_type.typtype: base, composite, domain, enum, pseudo, range, multirange. */
  readonly kind: 'b' | 'c' | 'd' | 'e' | 'p' | 'r' | 'm'
  /** Of an array: its element. */
  readonly element?: number
  /** Of a domain: what it is over. */
  readonly base?: number
  /** Of a range or multirange: its subtype. */
  readonly subtype?: number
}

export interface PgFunction {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** Input argument types, as format_type prints them. */
  readonly args: readonly string[]
  /** f, p, a, w: function, procedure, aggregate, window. */
  readonly kind: string
  readonly volatility: 'i' | 's' | 'v'
  readonly securityDefiner: boolean
  /** Names of its result columns where it answers more than one. */
  readonly columns: readonly string[]
  readonly returnsSet: boolean
}

export interface Catalogue {
  readonly epoch: string
  /** server_version_num / 10000. */
  readonly major: number
  readonly database: string
  readonly relation: (schema: string, name: string) => Relation | undefined
  readonly relationByOid: (oid: number) => Relation | undefined
  readonly relations: readonly Relation[]
  readonly type: (oid: number) => PgType | undefined
  readonly typeByName: (schema: string, name: string) => PgType | undefined
  /** All overloads. */
  readonly functions: (schema: string, name: string) => readonly PgFunction[]
  /** Names of operators that somebody made over built-in types only: which one runs would not be certain. */
  readonly shadowedOperators: ReadonlySet<string>
  readonly schemas: ReadonlySet<string>
}

/** Runs one statement on a backend session that nobody else uses meanwhile; rows as column name → text, or null. */
export type CatalogueQuery = (sql: string) => Promise<readonly Readonly<Record<string, string | null>>[]>

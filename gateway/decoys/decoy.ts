/**
 * A *decoy* is a trace (or an object) that the gateway plants: it stands in a store's lists, no store has it, and
 * nobody has a reason to read it. Its *bait* is a credential in its text that opens nothing. To *touch* a decoy is to
 * be shown it, to ask for it by its id, or to present its bait anywhere; whoever touches one is answered as for any
 * other trace, and told on.
 *
 * Everything about a decoy follows from the master key, the connection and the canary's name: it is the same at every
 * replica and after every restart, and nobody without the key can tell its id from the store's own.
 */
export interface Decoy {
  /** The canary's name in the config. */
  readonly canary: string
  readonly connection: string
  /** As the store calls its traces; `s3://bucket/key` for an object; a UUID where the row is planted by hand. */
  readonly id: string
  /** Collections in whose lists it stands. */
  readonly places: readonly string[]
  /** The gateway itself lists and answers it; otherwise somebody has put it into the store. */
  readonly served: boolean
  /** When it says it was made, ms since epoch. */
  readonly time: number
  readonly about: string
  readonly bait: Bait | undefined
  /** Bytes for whatever else it needs to be told apart by, at most 32 of one purpose. */
  bytes(purpose: string, length: number): Buffer
}

export interface Bait {
  readonly kind: 'database-url' | 'aws-key' | 'github-token' | 'tracewarden-token'
  /** As it stands in the decoy. */
  readonly value: string
  /** Parts of it, letters and digits only, any of which proves that it was used: nobody could have made them up. */
  readonly marks: readonly string[]
  /** Stands for it until the decoy is masked: masking would hide it, and then nobody could take it. */
  readonly standIn: string
}

/** What was touched, as events tell it. */
export interface Touched {
  name: string
  kind: 'trace' | 'collection' | 'credential'
  decoy?: string
}

/** The decoys of one config. */
export interface Decoys {
  readonly all: readonly Decoy[]
  /** Those of a connection that the gateway itself serves. */
  served(connection: string): readonly Decoy[]
  /** The decoy among these ids of traces. */
  among(connection: string, ids: readonly string[]): Touched | undefined
  /** Whose bait, or, with `ids`, whose id stands in one of these. */
  within(
    connection: string,
    texts: readonly (string | Uint8Array | undefined)[],
    ids: boolean,
  ): Touched | undefined
}

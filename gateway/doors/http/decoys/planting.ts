import type { Decoy } from '../../../decoys/decoy.ts'
import type { CanonicalRequest } from '../profile.ts'

/**
 * What of an answer the gateway writes itself, because decoys belong into it. It is put there as if the store had sent
 * it, before masking, so that it is hidden, counted, recorded and asked for like everything else.
 */
export type Planting = Own | Beside | Listed

/** The store is not asked: everything that was asked for is a decoy. */
export interface Own {
  kind: 'own'
  decoys: readonly Decoy[]
  body: string
  /** `application/json` where it does not say. */
  type?: string
}

/** The store is asked for the rest, and the decoys stand first in a list of its answer. */
export interface Beside {
  kind: 'beside'
  decoys: readonly Decoy[]
  request: CanonicalRequest
  /** Name of the list in the answer. */
  member: string
  elements: readonly string[]
}

/** A page of a list. Decoys stand at their time in the last page, if there is room. */
export interface Listed {
  kind: 'listed'
  member: string
  /** Most elements of a page. */
  room: number
  /** Whether no other page follows. */
  isLast: (page: Readonly<Record<string, unknown>>) => boolean
  /** ms since epoch, of an element of the store's. */
  timeOf: (element: Readonly<Record<string, unknown>>) => number
  /** @param sibling an element of the same list, to take after */
  elements: readonly {
    time: number
    print: (sibling: Readonly<Record<string, unknown>> | undefined) => string
  }[]
}

/** What a profile knows of decoys. */
export interface ProfileDecoys {
  /** @param route the route's name. Undefined: no decoy is concerned. */
  planting(route: string, request: CanonicalRequest, decoys: readonly Decoy[]): Planting | undefined
}

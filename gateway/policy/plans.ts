import type { KeyObject } from 'node:crypto'
import type { PlanOptions } from '../masking/compile.ts'
import type { MaskPlan, ResponseShape } from '../masking/masker.ts'
import type { Decision } from './facts.ts'
import type { Snapshot } from './policy.ts'

type Make = (shape: ResponseShape, options: PlanOptions) => MaskPlan

/** Plans are asked for at every request and differ in few ways, so each is made once a route, reader and obligation. */
export function cachePlans(make: Make): Snapshot['plan'] {
  const byShape = new WeakMap<ResponseShape, WeakMap<KeyObject, Map<string, MaskPlan>>>()
  return (shape, decision, pseudonym) => {
    const byKey = upsert(byShape, shape, () => new WeakMap<KeyObject, Map<string, MaskPlan>>())
    const plans = upsert(byKey, pseudonym, () => new Map<string, MaskPlan>())
    const { hideContent, reveal } = decision.obligations
    return upsert(plans, planKey(decision), () => make(shape, { hideContent, reveal, pseudonym }))
  }
}

const planKey = ({ obligations: { hideContent, reveal } }: Decision) =>
  `${hideContent ? 'hide' : 'show'} ${reveal.length < 2 ? (reveal[0] ?? '') : [...reveal].sort().join(' ')}`

interface MapLike<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): unknown
}

function upsert<K, V>(map: MapLike<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found) return found
  const made = make()
  map.set(key, made)
  return made
}

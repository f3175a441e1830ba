import { judge } from '../inquiry/judge.ts'
import type { Door } from './door-context.ts'
import type { Exchange } from './exchange.ts'
import { refuseRequest } from './refusal.ts'
import { release } from './release/release.ts'
import { canonicalize } from './steps/canonicalize.ts'
import { forward } from './steps/forward.ts'
import { identify } from './steps/identify.ts'
import { receive } from './steps/receive.ts'
import { route } from './steps/route.ts'

/**
 * The http door. A *request* of a client becomes an *exchange*, which goes through the *steps* below in this order;
 * each fills in its part or throws a coded error, and a throw ends in refusal.ts. Nothing reaches the client before
 * *release*, and release puts event and recording on disk first.
 */
export type Step = (door: Door, x: Exchange) => Promise<void> | void

/** What canonicalisation found wrong is said once it is known to whom. */
const admit: Step = (_door, x) => {
  if (x.refusal) throw x.refusal
}

const STEPS: readonly Step[] = [canonicalize, identify, admit, receive, route, judge, forward, release]

export async function serve(door: Door, x: Exchange): Promise<void> {
  try {
    for (let i = 0; i < STEPS.length; i++) {
      const pending = STEPS[i]!(door, x)
      if (pending) await pending
    }
  } catch (error) {
    await refuseRequest(door, x, error)
  } finally {
    if (x.session) door.sessions.leave(x.session)
  }
}

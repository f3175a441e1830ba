import { openForReview, type ReplayStep } from '../../gateway/port.ts'
import { data, jsonLine, message } from '../output.ts'
import { createPeople } from '../parts/authority.ts'
import { recorderOf } from '../parts/gateway.ts'
import { operatorAs, reviewDeps } from '../parts/review.ts'
import { operator, withFoundation } from '../tool.ts'

/** `replay`: opening a recording needs the role and a reason, and leaves a review-replay event before it shows. */
export const replayCommand = (
  session: string,
  options: { config: string; json?: boolean; as: string; reason: string },
): Promise<void> =>
  withFoundation(options.config, async (base) => {
    const identity = createPeople(base)
    await identity.start()
    try {
      const reader = operatorAs(identity, options.as, operator(), base.clock.now())
      const deps = reviewDeps(base, identity, base.config, recorderOf(base))
      const view = await openForReview({ session, reader, reason: options.reason }, deps)
      const open = view.sealed ? '' : ' (still open)'
      message(`Session ${session} of ${view.user}, from ${new Date(view.started).toISOString()}${open}`)
      for await (const step of view.steps)
        if (options.json) jsonLine(step)
        else print(step)
    } finally {
      identity.stop()
    }
  })

function print({ at, method, path, status, type, text, bytes, problem }: ReplayStep): void {
  data([new Date(at).toISOString(), method, path, status, type].filter(Boolean).join(' '))
  if (text) data(text)
  else if (bytes) data(`(${bytes} bytes that are not text)`)
  if (problem) message(problem)
}

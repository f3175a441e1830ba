import type { Masking } from '../../../../gateway/doors/http/bodies/body-masker.ts'
import { nothingObserved } from '../../../../gateway/doors/http/bodies/observed.ts'
import type { Masker, MaskPlan, Observed } from '../../../../gateway/masking/masker.ts'

/** Stands in for the engine: JSON by lines of text, secrets by one word. */
export const fakeMasking: Masking = {
  createMasker: (plan) => lineMasker(plan),
  maskWhole(plan, kind, body) {
    const text = Buffer.from(body).toString('utf8')
    if (kind === 'json') JSON.parse(text)
    const observed = nothingObserved()
    return { body: Buffer.from(scan(text, plan, observed)), observed }
  },
}

function scan(text: string, plan: MaskPlan, observed: Observed): string {
  for (const match of text.matchAll(/"trace_id":\s?"([^"]+)"/g)) observed.traceIds.add(match[1]!)
  for (const match of text.matchAll(/"time":(\d+)/g)) {
    const time = Number(match[1])
    observed.oldest = Math.min(observed.oldest ?? time, time)
    observed.newest = Math.max(observed.newest ?? time, time)
  }
  if (text.includes('"text"') && !plan.hideContent) {
    observed.content = true
    observed.records++
  }
  if (text.includes('"notes"')) {
    observed.displayed.add('notes')
    observed.sensitive.add('notes')
  }
  return text.replace(/SECRET-\w+/g, () => {
    observed.masked.add('secret')
    return '[hidden]'
  })
}

function lineMasker(plan: MaskPlan): Masker {
  const observed = nothingObserved()
  let held = ''
  return {
    push(chunk) {
      held += Buffer.from(chunk).toString('latin1')
      const end = held.lastIndexOf('\n') + 1
      const ready = held.slice(0, end)
      held = held.slice(end)
      return Buffer.from(scan(ready, plan, observed), 'latin1')
    },
    end: () => Buffer.from(scan(held, plan, observed), 'latin1'),
    observed,
  }
}

import { deflateRawSync, inflateRawSync } from 'node:zlib'

/**
 * A baseline as the store keeps it: JSON, deflated, base64. All of them say the same names, so deflate is given these
 * beforehand: 1.4 KB instead of 2.0 for a busy user, at the same CPU.
 */
export interface Packed {
  packed: string
  /** The dictionary that it was deflated with; absent: none, as before there was one. */
  names?: 1
}

export const pack = (saved: unknown): Packed => ({
  packed: deflateRawSync(JSON.stringify(saved), { dictionary: NAMES }).toString('base64'),
  names: 1,
})

/** @returns undefined for what cannot be read */
export function unpack({ packed, names }: Packed): unknown {
  try {
    const options = { maxOutputLength: 1024 ** 2, ...(names && { dictionary: NAMES }) }
    return JSON.parse(inflateRawSync(Buffer.from(packed, 'base64'), options).toString())
  } catch {
    return undefined
  }
}

const count = { n: 0, sum: 0, exposure: 0, excess: 0, square: 0, seen: 0, first: 0, last: 0 }
const open = (s: string, w: object) => ({
  ...{ s, f: 0, x: '', w, n: ['s', 's'], e: ['gw.', 'gw.'], c: ['default'], r: false },
})
const state = (b: object, ...o: object[]) => ({ b, k: 0, m: [], o })
const span = (s: string) => ({ s, f: 0, z: 'Europe/Berlin', l: false })
const matter = {
  ...{
    from: 0,
    to: 0,
    until: 0,
    scale: 'day',
    start: 0,
    facet: '',
    at: 0,
    surprise: 0,
    revision: 0,
    severity: 0,
  },
}
const step = state(
  { count, before: [0, 0] },
  { ...open('day', { first: 0, at: 0, before: 0, second: 0 }), n: [], e: [], c: [] },
)
const slices = { small: 0, reads: 0, steady: 0, pauses: 0 }
const level = { n: 0, mean: 0, squares: 0, seen: 0, first: 0, last: 0, anchor: [0, 0] }

/** What baselines looked like when it was made. Never changed: what was packed with it would be lost. */
const NAMES = Buffer.from(
  JSON.stringify({
    detectors: {
      'historical-then-abrupt': step,
      'refusal-then-salami': step,
      'bypass-then-volume': step,
      'rubber-stamp': state({ quick: 0, n: 0 }),
      'reviewer-pair': state({}),
      'alert-quieting': state(count),
      'recording-browsing': state(count),
      'peer-outlier': state({ n: 0, sum: 0, first: 0, last: 0 }, open('week', { traces: 0, days: [0] })),
      'off-hours': state(
        { hours: [[8, 0]], days: [0, 0], nights: [], odd: [0, 0, 0], first: 0, last: 0 },
        open('day', { hours: [[8, 0]] }),
      ),
      'abrupt-end': state({ aborted: 0, ends: 0, otherAborted: 0, otherEnds: 0, first: 0, last: 0 }),
      'approval-storm': state(count),
      'masking-bypass': state({ habits: [['', 0]], last: 0 }),
      'historical-reads': state({ bins: [[0, 0]], n: 0, first: 0, last: 0 }),
      'unusual-access': {
        ...state({ t: '', s: 0, f: 0, l: 0, u: [0, 0, 0], k: 0, p: 0 }),
        s: [{ i: 's', f: 0, l: 0, d: 0, n: 0, x: 0, c: [[0, 0]], v: ['gw.', 'gw.'] }],
        c: ['s'],
      },
      'slow-collection': state(
        { level, rhythm: [[0, 0, 0]], days: [0, 0], held: 0 },
        open('day', { traces: 0 }),
      ),
      salami: {
        ...state({ ...slices, count }, open('day', { ...slices, traces: 0, last: 0, pause: 0 })),
        m: [matter],
        p: [0, 0],
      },
      'volume-spike': {
        ...state(
          { day: count, hour: count, rhythm: [[0, 0, 0]] },
          { ...open('day', { traces: 0 }), r: true },
          open('hour', { traces: 0 }),
        ),
        m: [matter],
      },
    },
    together: [0, 0, [['volume-spike', 0]], 0, 0, 0],
    v: 2,
    group: 'human::engineer',
    roles: ['analyst'],
    zone: 'UTC',
    first: 0,
    last: 0,
    cover: { 'gw-1': 0, 'gw-a': 0 },
    spans: ['day', 'week', 'hour'].map(span),
  }),
)

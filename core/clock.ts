/** Time is an argument everywhere: nothing outside this file and tests reads the system clock. */
export interface Clock {
  /** Milliseconds since the Unix epoch (UTC). */
  now(): number
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** RFC 3339 in UTC with milliseconds: the form of every time in an event or document. */
export const iso = (ms: number): string => new Date(ms).toISOString()

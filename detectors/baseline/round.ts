/**
 * Baselines hold numbers of four digits, in memory as in the store: what is saved is what goes on being used, so a
 * restart changes nothing, and a baseline stays small.
 */
export function short(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0
  const size = 10 ** (3 - Math.floor(Math.log10(Math.abs(value))))
  return size > 1e6 ? 0 : Math.round(value * size) / size
}

/** What is left of a weight after `elapsed` ms at this half-life. */
export const fade = (elapsed: number, halfLife: number): number => 2 ** (-Math.max(0, elapsed) / halfLife)

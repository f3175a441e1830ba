import { duration } from '../core/units.ts'

/** `8h` → ms; undefined if it is not a duration. */
export const parseDuration = (text: string): number | undefined => {
  const parsed = duration().safeParse(text)
  return parsed.success ? parsed.data : undefined
}

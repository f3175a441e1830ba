import { z } from 'zod'

const DURATION: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86400e3,
  w: 604800e3,
}
const SIZE: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}

const DURATIONS = 'a duration such as 250ms, 30s, 5m, 8h, 30d or 2w'
const SIZES = 'a size such as 512B, 64KiB, 1MiB or 2GiB'

/** A config duration such as `30s`, `8h`, `90d` → milliseconds. */
export const duration = () => unit(DURATIONS, DURATION)
/** A config size such as `64KiB`, `1GiB` → bytes. */
export const size = () => unit(SIZES, SIZE)

/** Bytes → `64KiB`, `1.5MiB`, as a config would say it. */
export function sizeText(bytes: number): string {
  const [name, factor] = Object.entries(SIZE).findLast(([, factor]) => bytes >= factor) ?? ['B', 1]
  return `${Math.round((bytes / factor) * 10) / 10}${name}`
}

const unit = (expected: string, units: Readonly<Record<string, number>>) =>
  z.string(`expected ${expected}`).transform((text, ctx) => {
    const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text)
    const factor = match ? units[match[2]!] : undefined
    if (match && factor !== undefined) return Math.round(Number(match[1]) * factor)
    ctx.addIssue({ code: 'custom', message: `expected ${expected}` })
    return z.NEVER
  })

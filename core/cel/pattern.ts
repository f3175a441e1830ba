import { createRequire } from 'node:module'

interface Recheck {
  checkSync(
    source: string,
    flags: string,
    options: { timeout: number },
  ): { status: 'safe' | 'vulnerable' | 'unknown' }
}

/**
 * Says what is wrong with a pattern of matches(). What it is tried on comes from outside, so one that can backtrack
 * badly would be a way to hang the door; a computed one cannot be looked at beforehand.
 */
export function judgePattern(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return 'matches() takes a pattern in quotes here, not a computed one'
  try {
    new RegExp(pattern, 'u')
  } catch {
    return `the pattern ${JSON.stringify(pattern)} is not a regular expression`
  }
  const { status } = checker().checkSync(pattern, 'u', { timeout: 3000 })
  return status === 'safe' ? undefined : `the pattern ${JSON.stringify(pattern)} can backtrack badly`
}

/** In plain JavaScript (the main entry would start a worker), and 3 MB: loaded where there is a pattern to check. */
function checker(): Recheck {
  const recheck: Recheck = createRequire(import.meta.url)('recheck/lib/browser.js')
  return recheck
}

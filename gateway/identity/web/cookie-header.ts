/** The value of one cookie of a Cookie header. Two of a name are none: one of them is somebody else's. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  let found: string | undefined
  let count = 0
  for (const part of (header ?? '').split(';')) {
    const pair = part.trim()
    if (!pair.startsWith(`${name}=`)) continue
    found = pair.slice(name.length + 1)
    count++
  }
  return count === 1 ? found : undefined
}

/** A Set-Cookie header: never for scripts, for the whole host, as `__Host-` asks. `seconds` 0 removes it. */
export const writeCookie = (
  name: string,
  value: string,
  { secure, sameSite, seconds }: { secure: boolean; sameSite: 'Strict' | 'Lax'; seconds: number },
): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=${sameSite}; Max-Age=${Math.max(0, Math.floor(seconds))}${secure ? '; Secure' : ''}`

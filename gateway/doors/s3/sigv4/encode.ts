const UNRESERVED = /[A-Za-z0-9\-._~]/

const TABLE: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return byte < 128 && UNRESERVED.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

/** RFC 3986 as SigV4 wants it: every byte but the unreserved ones, hex in upper case. */
export function uriEncode(text: string): string {
  let out = ''
  for (const byte of Buffer.from(text, 'utf8')) out += TABLE[byte]
  return out
}

/** The same for a path, whose slashes stay. */
export const pathEncode = (path: string): string => path.split('/').map(uriEncode).join('/')

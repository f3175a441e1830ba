/** JSON's short escapes: letter → byte, 0 for none. */
export const SHORT_ESCAPES: Uint8Array = (() => {
  const table = new Uint8Array(256)
  const pairs: Readonly<Record<string, string>> = {
    '"': '"',
    '\\': '\\',
    '/': '/',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
  }
  for (const [letter, byte] of Object.entries(pairs)) table[letter.charCodeAt(0)] = byte.charCodeAt(0)
  return table
})()

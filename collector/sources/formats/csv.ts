/** One record of RFC 4180 CSV, as PostgreSQL writes it: fields, quotes doubled; undefined where a quote is left open. */
export function csvFields(text: string): string[] | undefined {
  const fields: string[] = []
  let i = 0
  for (;;) {
    if (text[i] === '"') {
      let value = ''
      for (;;) {
        const close = text.indexOf('"', i + 1)
        if (close < 0) return undefined
        value += text.slice(i + 1, close)
        i = close + 1
        if (text[i] !== '"') break
        value += '"'
      }
      fields.push(value)
    } else {
      const comma = text.indexOf(',', i)
      const end = comma < 0 ? text.length : comma
      fields.push(text.slice(i, end))
      i = end
    }
    if (i >= text.length) return fields
    if (text[i] !== ',') return undefined
    i++
  }
}

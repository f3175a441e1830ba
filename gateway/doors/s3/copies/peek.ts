/** The first bytes of a stream (at most about `limit`, fewer where it ends), and the whole of it to be read once. */
export async function peek(
  source: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ head: Buffer; chunks: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]()
  const seen: Uint8Array[] = []
  let size = 0
  let done = false
  while (size < limit && !done) {
    const next = await iterator.next()
    done = next.done === true
    if (!next.done) {
      seen.push(next.value)
      size += next.value.length
    }
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* seen
      while (!done) {
        const next = await iterator.next()
        done = next.done === true
        if (!next.done) yield next.value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return { head: Buffer.concat(seen), chunks: chunks() }
}

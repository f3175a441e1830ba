/** Where recordings rest: a directory now, a bucket later. Keys are `/`-separated safe names. */
export interface Blobs {
  /** Writes whole or not at all; replaces. */
  put(key: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>
  /** The blob's bytes in order, or undefined where there is none. */
  get(key: string): Promise<AsyncIterable<Uint8Array> | undefined>
  remove(key: string): Promise<void>
  list(prefix: string): AsyncIterable<string>
}

import { isUtf8 } from 'node:buffer'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { refuse } from '../canonical/techniques.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Step } from '../pipeline.ts'

const DECODERS = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync }
const isKnown = (coding: string): coding is keyof typeof DECODERS => Object.hasOwn(DECODERS, coding)

/** The whole request body, plain: what policy reads is what the backend gets. */
export const receive: Step = (door, x) => {
  const { sent } = x.headers!
  if (sent['content-length'] === undefined && sent['transfer-encoding'] === undefined) return
  if (sent['content-length'] === '0') return
  return body(x, door.connection.max_body)
}

async function body(x: Exchange, limit: number): Promise<void> {
  const raw = await read(x, limit)
  const headers = { ...x.request!.headers }
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  delete headers['content-encoding']
  let plain = raw
  if (coding !== 'identity') {
    if (!isKnown(coding)) throw fail('TW_HTTP_BODY_ENCODING')
    try {
      plain = DECODERS[coding](raw, { maxOutputLength: limit })
    } catch (error) {
      throw fail('TW_HTTP_BODY_ENCODING', {}, error)
    }
  }
  checkText(headers['content-type'], plain)
  x.request = { ...x.request!, headers, body: plain }
}

/** JSON in another charset is one document for us and another for the backend. */
function checkText(type: string | undefined, plain: Uint8Array): void {
  if (type === undefined || !/json|graphql|text|x-www-form-urlencoded/i.test(type)) return
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1]?.toLowerCase()
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw refuse('TW_HTTP_BODY_ENCODING', 'odd-charset')
  if (!isUtf8(plain)) throw refuse('TW_HTTP_BODY_ENCODING', 'invalid-utf8')
}

function read(x: Exchange, limit: number): Promise<Buffer> {
  const { req } = x
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) return void chunks.push(chunk)
      req.removeAllListeners('data')
      req.resume()
      reject(fail('TW_HTTP_BODY_TOO_LARGE', { limit }))
    })
    req.on('end', () => resolve(Buffer.concat(chunks)))
    req.on('error', (error) => reject(fail('TW_HTTP_BODY_INCOMPLETE', {}, error)))
    req.on('close', () => {
      if (!req.complete) reject(fail('TW_HTTP_BODY_INCOMPLETE'))
    })
  })
}

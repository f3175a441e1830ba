import { pathEncode } from './encode.ts'
import {
  ALGORITHM,
  amzTime,
  canonicalQuery,
  canonicalRequest,
  folded,
  type Scope,
  scopeText,
  signatureOf,
  signingKey,
  stringToSign,
} from './signature.ts'

export interface Signer {
  /** Target and headers of the request as the backend gets it, signed for now. */
  sign(request: {
    method: string
    /** Decoded. */
    path: string
    query: readonly (readonly [string, string])[]
    headers: Readonly<Record<string, string>>
    /** SHA-256 of the body in hex, or UNSIGNED-PAYLOAD. */
    payload: string
  }): { target: string; headers: Record<string, string> }
}

/** Signs with the gateway's own credential. */
export function createSigner(options: {
  accessKeyId: string
  secretAccessKey: string
  region: string
  host: string
  now: () => number
}): Signer {
  const { accessKeyId, secretAccessKey, region, host } = options
  let today: { day: string; key: Buffer } | undefined
  return {
    sign({ method, path, query, headers, payload }) {
      const time = amzTime(options.now())
      const scope: Scope = { day: time.slice(0, 8), region, service: 's3' }
      if (today?.day !== scope.day) today = { day: scope.day, key: signingKey(secretAccessKey, scope) }
      const all: Record<string, string> = {
        ...headers,
        host,
        'x-amz-content-sha256': payload,
        'x-amz-date': time,
      }
      const signed = Object.entries(all)
        .map(([name, value]) => [name, folded(value)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
      const text = stringToSign(
        time,
        scope,
        canonicalRequest({ method, path, query, headers: signed, payload }),
      )
      const names = signed.map(([name]) => name).join(';')
      all.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${names}, Signature=${signatureOf(today.key, text)}`
      const search = canonicalQuery(query)
      return { target: pathEncode(path) + (search === '' ? '' : `?${search}`), headers: all }
    },
  }
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** X.509 certificates made here (RFC 5280, as little of it as TLS needs), so that no tool and no file is. */
export interface Issued {
  /** PEM. */
  cert: string
  key: string
}

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const size = body.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts)
const oid = (...bytes: number[]) => der(0x06, Buffer.from(bytes))
const time = (ms: number) =>
  der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))
const name = (common: string) =>
  sequence(der(0x31, sequence(oid(0x55, 4, 3), der(0x0c, Buffer.from(common)))))
const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2))
const pem = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

let serial = 0

/** For `subject`, signed by `by` or by itself. Alternative names are an e-mail address or an IPv4 address. */
export function issue(
  subject: string,
  {
    by,
    email,
    ip,
    ends = 3600_000,
  }: { by?: Issued & { subject: string }; email?: string; ip?: string; ends?: number } = {},
): Issued & { subject: string } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer: KeyObject = by ? createPrivateKey(by.key) : pair.privateKey
  const names = [
    ...(email === undefined ? [] : [der(0x81, Buffer.from(email))]),
    ...(ip === undefined ? [] : [der(0x87, Buffer.from(ip.split('.').map(Number)))]),
  ]
  const authority = sequence(
    oid(0x55, 0x1d, 19),
    der(1, Buffer.from([255])),
    der(4, sequence(der(1, Buffer.from([255])))),
  )
  const alternative = sequence(oid(0x55, 0x1d, 17), der(4, sequence(...names)))
  const extensions = [...(by ? [] : [authority]), ...(names.length ? [alternative] : [])]
  const now = Date.now()
  const body = sequence(
    der(0xa0, der(2, Buffer.from([2]))),
    der(2, Buffer.from([++serial])),
    ECDSA_SHA256,
    name(by?.subject ?? subject),
    sequence(time(now - 3600_000), time(now + ends)),
    name(subject),
    createPublicKey(pair.privateKey).export({ type: 'spki', format: 'der' }),
    ...(extensions.length ? [der(0xa3, sequence(...extensions))] : []),
  )
  const signature = sign('sha256', body, signer)
  return {
    subject,
    cert: pem(sequence(body, ECDSA_SHA256, der(3, Buffer.from([0]), signature))),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { PeerCertificate } from './identity.ts'

/** Read once a connection: every request of it shows the same certificate. */
const READ = new WeakMap<Socket, PeerCertificate | 'none'>()

/** The client certificate that the TLS handshake proved, with a chain to the configured authority. */
export function peerOf(socket: Socket): PeerCertificate | undefined {
  let peer = READ.get(socket)
  if (peer === undefined) {
    peer = read(socket) ?? 'none'
    READ.set(socket, peer)
  }
  return peer === 'none' ? undefined : peer
}

function read(socket: Socket): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const { raw } = socket.getPeerCertificate()
  return raw === undefined ? undefined : peerCertificate(new X509Certificate(raw))
}

export function peerCertificate(certificate: X509Certificate): PeerCertificate {
  const hex = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  return {
    thumbprint: Buffer.from(hex, 'hex').toString('base64url'),
    names: [
      `sha256:${hex}`,
      // A line an attribute, in which node has escaped what RFC 4514 escapes: a comma separates, and nothing else.
      `subject:${certificate.subject.split('\n').join(',')}`,
      ...alternativeNames(certificate.subjectAltName ?? ''),
    ],
    expires: Date.parse(certificate.validTo),
  }
}

const KINDS: Readonly<Record<string, string>> = { DNS: 'dns', email: 'email', URI: 'uri' }

/** `DNS:a, email:b, URI:"…"`: node quotes whatever could be taken for more than one name. */
function alternativeNames(text: string): string[] {
  const names: string[] = []
  for (const [, kind = '', quoted, bare] of text.matchAll(
    /(?:^|, )([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g,
  )) {
    const value: unknown = quoted === undefined ? bare : JSON.parse(quoted)
    if (KINDS[kind] !== undefined && typeof value === 'string') names.push(`${KINDS[kind]}:${value}`)
  }
  return names
}

import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  type CustomFetch,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client'
import type { OidcProviderConfig } from '../../config.ts'

/** A client of one provider: its id, and its secret where it has one. */
export interface ClientOf {
  id: string
  secret?: string | undefined
  sent?: 'basic' | 'post'
}

/** Seconds for each request to a provider. */
const TIMEOUT = 10
const LARGEST = 1024 ** 2

/** Reads the provider's discovery document and checks that it is the configured issuer's. Rejects with whatever fails. */
export async function openClient(
  provider: Pick<OidcProviderConfig, 'issuer' | 'skew'>,
  client: ClientOf,
): Promise<Configuration> {
  const { issuer, skew } = provider
  const metadata = { [clockTolerance]: skew / 1e3 }
  const insecure = issuer.startsWith('http:') ? [allowInsecureRequests] : []
  const configuration = await discovery(new URL(issuer), client.id, metadata, authentication(client), {
    timeout: TIMEOUT,
    execute: [...insecure, enableNonRepudiationChecks],
    [customFetch]: boundedFetch,
  })
  if (configuration.serverMetadata().issuer !== issuer)
    throw new TypeError('the discovery document names another issuer')
  return configuration
}

function authentication({ secret, sent }: ClientOf) {
  if (secret === undefined) return None()
  return sent === 'post' ? ClientSecretPost(secret) : ClientSecretBasic(secret)
}

/** A provider's answers are documents of a few kB; whatever streams without end is cut. */
const boundedFetch: CustomFetch = async (url, options) => {
  const answer = await fetch(url, options as RequestInit)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > LARGEST) throw new TypeError('the provider’s answer is larger than 1 MiB')
    chunks.push(chunk)
  }
  // Statuses without a body may not be given one.
  const body = [204, 205, 304].includes(answer.status) ? null : Buffer.concat(chunks)
  return new Response(body, { status: answer.status, statusText: answer.statusText, headers: answer.headers })
}

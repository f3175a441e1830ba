import { createHmac } from 'node:crypto'
import { request } from 'undici'
import type { Clock } from '../../core/clock.ts'
import type { AlertsConfig } from '../config.ts'
import type { Alert } from '../lifecycle/alert.ts'
import { detectionFinding } from '../ocsf/detection-finding.ts'
import { type Delivery, digestOf, Undelivered } from './delivery.ts'
import { retryAfterOf } from './retry-after.ts'

export const SIGNATURE_HEADER = 'x-tracewarden-signature'
const TIMEOUT = 10_000

/**
 * POSTs the alert (the JSON of `GET /api/v1/alerts/{id}`, or OCSF) each time it changes. The signature is
 * `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`; receivers drop repeats by `x-tracewarden-delivery`.
 * No redirect is followed: it would carry the alert to where no admin pointed.
 */
export function createWebhook(deps: { config: () => AlertsConfig; clock: Clock; console?: string }) {
  return async (alert: Alert, delivery: Delivery): Promise<Record<string, never>> => {
    const { destination } = delivery
    if (destination.kind !== 'webhook') throw new Undelivered('not a webhook', { stuck: true })
    const route = deps
      .config()
      .routes.find(({ webhook }) => webhook !== undefined && digestOf(webhook) === destination.digest)
    if (route?.webhook === undefined)
      throw new Undelivered('the webhook is not in the config any more', { stuck: true })
    const body = JSON.stringify(route.format === 'ocsf' ? detectionFinding(alert, deps) : alert)
    const t = Math.floor(deps.clock.now() / 1000)
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'user-agent': 'tracewarden',
      'x-tracewarden-delivery': `${delivery.id}.${delivery.wanted}`,
    }
    if (route.secret !== undefined) headers[SIGNATURE_HEADER] = `t=${t},v1=${sign(route.secret, t, body)}`
    let status: number
    let retryAfter: number | undefined
    try {
      const response = await request(route.webhook, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(TIMEOUT),
      })
      status = response.statusCode
      retryAfter = retryAfterOf(response.headers['retry-after'], deps.clock)
      await response.body.dump()
    } catch (error) {
      throw new Undelivered(`the webhook does not answer: ${codeOf(error)}`, {
        uncertain: true,
        cause: error,
      })
    }
    if (status >= 200 && status < 300) return {}
    const passing = status === 408 || status === 425 || status === 429 || status >= 500
    throw new Undelivered(`the webhook answered ${status}`, {
      stuck: !passing,
      ...(retryAfter !== undefined && { retryAfter }),
    })
  }
}

export const sign = (secret: string, t: number, body: string): string =>
  createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')

/** The code alone: messages of network errors may quote the URL. */
function codeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout'
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'network error'
}

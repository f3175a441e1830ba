import type { UserRisk } from '../../../detectors/port.ts'
import type { Approval, TokenSummary } from '../../../gateway/port.ts'
import type { Alert } from '../../lifecycle/alert.ts'
import { moment, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { button, clip, hidden, reasonField, table, userPath, withQuery } from '../layout.ts'
import type { Visitor } from '../visitor.ts'
import { alertsTable } from './alerts.ts'
import { approvalsTable } from './approvals.ts'
import { dayChart } from './day-chart.ts'
import { riskSection } from './risk.ts'
import { type SessionRow, sessionsTable } from './sessions.ts'

export interface UserView {
  user: {
    user: string
    name: string | null
    email: string | null
    team: string | null
    roles: readonly string[]
    kind: string | null
    owner: string | null
    timezone: string | null
    standing: string | null
    suspended: boolean
    last: string | null
    days: readonly { day: string; traces: number }[]
  }
  /** Absent where the visitor may not see them. */
  risk?: UserRisk
  alerts?: readonly Alert[]
  sessions?: readonly SessionRow[]
  approvals: readonly Approval[]
  tokens?: readonly TokenSummary[]
  visitor: Visitor
  now: number
}

/** One user: who, what they did lately, and what can be done about them. */
export const userPage = ({
  user,
  risk,
  alerts,
  sessions,
  approvals,
  tokens,
  visitor,
  now,
}: UserView): Markup => html`
<h1>${clip(user.name ?? user.user, 120)}</h1>
${user.standing ? html`<p class="note bad">${user.standing}</p>` : ''}
<div class="two"><section class="card"><h2>Who</h2><dl class="facts">
<dt>User</dt><dd>${user.user}${user.kind === 'service' ? html` <span class="tag">service account${user.owner ? ` of ${user.owner}` : ''}</span>` : ''}</dd>
${user.email ? html`<dt>E-mail</dt><dd>${user.email}</dd>` : ''}
<dt>Team</dt><dd>${user.team ?? 'unknown'}</dd>
<dt>Roles</dt><dd>${user.roles.join(', ') || 'none'}</dd>
${user.timezone ? html`<dt>Zone</dt><dd>${user.timezone}</dd>` : ''}
<dt>Last seen</dt><dd>${user.last ? when(user.last, user.timezone) : 'never'}</dd>
</dl><h2>Traces a day</h2>${dayChart(user.days, 30, now)}</section>
<section class="card"><h2>Access</h2>${access(user, visitor)}</section></div>
${risk ? riskSection(user.user, risk, visitor) : ''}
${alerts ? section('Alerts', alerts.length > 0, 'No alerts about this user.', alertsTable(alerts, now), withQuery('/alerts', { user: user.user })) : ''}
${sessions ? section('Sessions', sessions.length > 0, 'No sessions.', sessionsTable(sessions), withQuery('/sessions', { user: user.user })) : ''}
${section('Approvals', approvals.length > 0, 'No requests that needed approval.', approvalsTable(approvals, now), withQuery('/approvals', { user: user.user }))}
${tokens ? section('Tokens', tokens.length > 0, 'No tokens.', tokensTable(tokens, visitor.csrf, now)) : ''}`

const section = (title: string, some: boolean, none: string, body: Markup, all?: string): Markup =>
  html`<section><div class="head"><h2>${title}</h2>${some && all ? html`<a class="right" href="${all}">All</a>` : ''}</div>${some ? body : html`<p class="quiet">${none}</p>`}</section>`

function access({ user, suspended }: UserView['user'], { csrf, auditor, admin, identity }: Visitor): Markup {
  if (user === identity.person.user) return html`<p>This is you.</p>`
  if (suspended)
    return admin
      ? html`<form class="stack" method="post" action="${userPath(user)}/restore">${hidden(csrf)}${reasonField()}<button>Restore</button></form>`
      : html`<p>An admin can restore this user.</p>`
  if (!auditor) return html``
  return html`<p class="quiet">Suspending ends every session within ten seconds and refuses every credential, until an admin restores the user.</p>
<form class="stack" method="post" action="${userPath(user)}/suspend">${hidden(csrf)}${reasonField()}<button class="bad">Suspend</button></form>`
}

const tokensTable = (tokens: readonly TokenSummary[], csrf: string, now: number): Markup =>
  table(
    'Tokens',
    ['Token', 'Label', 'Made by', 'Made (UTC)', 'Expires (UTC)', 'State'],
    tokens.map((token) => {
      const state = token.revoked ? 'revoked' : Date.parse(token.expires) <= now ? 'expired' : undefined
      return html`<tr><td><code>${token.id}</code></td><td>${token.label}</td><td>${token.by}</td><td>${moment(token.created)}</td><td>${moment(token.expires)}</td><td>${state ?? button(csrf, `/tokens/${encodeURIComponent(token.id)}/revoke`, 'Revoke')}</td></tr>`
    }),
  )

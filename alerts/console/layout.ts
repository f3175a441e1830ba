import { html, type Markup } from './html.ts'
import type { Visitor } from './visitor.ts'

export interface Page {
  title: string
  /** Which entry of the navigation it belongs to. */
  place?: 'alerts' | 'approvals' | 'sessions' | 'health' | 'you'
  body: Markup
  visitor?: Visitor | undefined
  openAlerts?: number
  pendingApprovals?: number
  /** Whether its lists keep themselves fresh; what a form answered does not. */
  live?: boolean
  /** A path that the browser goes on to by itself. */
  refresh?: string
}

/** The one look: a bar, a column, nothing that moves. */
export function layout({ title, body, refresh, ...bar }: Page): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh ? html`<meta http-equiv="refresh" content="0;url=${refresh}">` : ''}
<title>${title.slice(0, 150)} · Tracewarden</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/console.css">
<script src="/assets/console.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="name" href="/">Tracewarden</a>
${bar.visitor ? navigation(bar.visitor, bar) : ''}
</header>
<main id="main">${body}</main>
<footer>Times are in UTC unless a zone is named.</footer>
</body>
</html>
`
}

function navigation(
  visitor: Visitor,
  { place, live, openAlerts, pendingApprovals }: Omit<Page, 'title' | 'body'>,
): Markup {
  const { csrf, auditor, identity } = visitor
  const current = (name: Page['place']) => (place === name ? html` aria-current="page"` : '')
  const entry = (name: Page['place'], path: string, label: string, count?: number, of?: string) =>
    html`<a href="${path}"${current(name)}>${label}${count ? html`<span class="count" aria-label="${count} ${of}">${count}</span>` : ''}</a>`
  const { user, name } = identity.person
  return html`<nav aria-label="Main"${live ? html` data-live="nav"` : ''}>${[
    auditor ? entry('alerts', '/alerts?status=open', 'Alerts', openAlerts, 'open') : '',
    entry('approvals', '/approvals', 'Approvals', pendingApprovals, 'wait for you'),
    auditor ? entry('sessions', '/sessions', 'Sessions') : '',
    entry('health', '/health', 'Health'),
  ]}</nav>
<form method="post" action="/sign-out">${hidden(csrf)}<a href="${userPath(user)}"${current('you')}>${clip(name ?? user, 60)}</a><button class="link">Sign out</button></form>`
}

export const hidden = (csrf: string): Markup => html`<input type="hidden" name="csrf" value="${csrf}">`

/** A form of one button. */
export const button = (csrf: string, action: string, label: string, kind = ''): Markup =>
  html`<form method="post" action="${action}">${hidden(csrf)}<button class="${kind}">${label}</button></form>`

export const reasonField = (longest = 500): Markup =>
  html`<label>Reason<textarea name="reason" required maxlength="${longest}"></textarea></label>`

type Head = string | { num: string }

/** A table that scrolls by itself where the screen is narrow; `label` names it for those who cannot see it. */
export const table = (label: string, heads: readonly Head[], rows: readonly Markup[]): Markup =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><thead><tr>${heads.map(
    (head) =>
      typeof head === 'string'
        ? html`<th scope="col">${head}</th>`
        : html`<th scope="col" class="num">${head.num}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div>`

export const severityTag = (severity: string): Markup =>
  html`<span class="tag ${severity}">${severity}</span>`

const TONES: Readonly<Record<string, string>> = {
  open: 'bad',
  pending: 'medium',
  approved: 'good',
  denied: 'bad',
  success: 'good',
  failure: 'bad',
}
export const statusTag = (status: string): Markup =>
  html`<span class="tag ${TONES[status] ?? ''}">${status}</span>`

export const empty = (what: string, how: string): Markup =>
  html`<div class="empty"><p><b>${what}</b></p><p>${how}</p></div>`

/** A select; the first option asks for nothing. */
export const choice = (
  name: string,
  label: string,
  all: string,
  options: readonly (string | { value: string; label: string })[],
  chosen: string | undefined,
): Markup =>
  html`<label>${label}<select name="${name}"><option value="">${all}</option>${options.map((option) => {
    const { value, label } = typeof option === 'string' ? { value: option, label: option } : option
    return html`<option value="${value}"${value === chosen ? html` selected` : ''}>${label}</option>`
  })}</select></label>`

/** Long texts in lists and headings; the whole is on the page of the thing itself. */
export const clip = (text: string, longest = 240): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text

export const userPath = (user: string): string => `/users/${encodeURIComponent(user)}`
export const sessionPath = (session: string): string => `/sessions/${encodeURIComponent(session)}`
export const alertPath = (id: string): string => `/alerts/${encodeURIComponent(id)}`
export const approvalPath = (id: string): string => `/approvals/${encodeURIComponent(id)}`

/** The query string of the same page with some parameters changed; empty ones are left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value)
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

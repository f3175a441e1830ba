import { html, type Markup } from './html.ts'
import type { Visitor } from './visitor.ts'

export interface Page {
  title: string
  /** Which entry of the navigation it belongs to. */
  place?: 'alerts' | 'approvals' | 'sessions' | 'health'
  body: Markup
  visitor?: Visitor | undefined
  openAlerts?: number
  pendingApprovals?: number
}

/** The one look: a bar, a column, nothing that moves. */
export function layout({ title, place, body, visitor, openAlerts, pendingApprovals }: Page): Markup {
  const entry = (name: string, path: string, label: string, count?: number) =>
    html`<a href="${path}"${place === name ? html` aria-current="page"` : ''}>${label}${count ? html`<span class="count">${count}</span>` : ''}</a>`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Tracewarden</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/console.css">
<script src="/assets/console.js" defer></script>
</head>
<body>
<header class="top">
<a class="name" href="/">Tracewarden</a>
<nav data-live="nav">${
    visitor
      ? [
          visitor.auditor ? entry('alerts', '/alerts', 'Alerts', openAlerts) : '',
          entry('approvals', '/approvals', 'Approvals', pendingApprovals),
          visitor.auditor ? entry('sessions', '/sessions', 'Sessions') : '',
          entry('health', '/health', 'Health'),
        ]
      : ''
  }</nav>
${
  visitor
    ? html`<form method="post" action="/sign-out"><input type="hidden" name="csrf" value="${visitor.csrf}"><span title="${visitor.identity.person.roles.join(', ') || 'no roles'}">${visitor.identity.person.name ?? visitor.identity.person.user}</span><button class="link">Sign out</button></form>`
    : ''
}
</header>
<main>${body}</main>
</body>
</html>
`
}

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
  html`<div class="empty"><p>${what}</p><p>${how}</p></div>`

/** The query string of the same page with some parameters changed; empty ones are left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value)
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

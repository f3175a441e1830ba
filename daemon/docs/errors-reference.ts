import type { ErrorTable } from '../../core/errors.ts'

/** docs/errors.md: every code of every room's table, with what it means and what to do. */
export function errorsReference(rooms: Readonly<Record<string, ErrorTable>>): string {
  const parts = [
    '# Errors',
    '',
    'Made from the rooms’ tables by `npm run docs`; do not edit. HTTP ports answer with a problem document (RFC 9457) that carries the code; logs and events carry it too.',
    '',
  ]
  for (const [room, table] of Object.entries(rooms)) {
    parts.push(`## ${room}`, '', '| code | status | what happened | what to do |', '|---|---|---|---|')
    for (const [code, { status, message, hint }] of Object.entries(table))
      parts.push(`| \`${code}\` | ${status} | ${cell(message)} | ${cell(hint)} |`)
    parts.push('')
  }
  return `${parts.join('\n').trimEnd()}\n`
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

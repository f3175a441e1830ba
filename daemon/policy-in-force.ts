import { compileSigma } from '../detectors/port.ts'
import type { S3ConnectionConfig } from '../gateway/port.ts'
import type { Config } from './config/schema.ts'

/** The policy as sentences: what `check` prints for an admin to read over. */
export function describePolicy(config: Config): string {
  const { policy, masking, connections, approvals } = config
  const { builtin, limits } = policy
  const lines = ['Connections']
  for (const connection of connections) {
    const { name, listen, mode } = connection
    const [what, where] = behind(connection)
    lines.push(
      `  ${name}: ${what} at ${listen} → ${where}, ${mode === 'observe' ? 'observing only' : 'enforced'}`,
    )
    if (connection.protocol === 's3') lines.push(...describeBuckets(connection))
  }
  if (connections.length === 0) lines.push('  none: nothing is behind the gateway yet')

  lines.push('', 'Hidden')
  for (const field of masking.fields)
    lines.push(
      `  ${field.name}: ${field.paths.join(', ')} → ${field.hidden ? field.transform : 'shown, counted as sensitive'}${field.high_risk ? ', high-risk' : ''}`,
    )
  lines.push(
    '  anything that looks like a credential, an identifier or personal data (docs/content-rules.md)',
  )
  if (masking.content.disable.length) lines.push(`    except ${masking.content.disable.join(', ')}`)
  for (const rule of masking.content.custom)
    lines.push(`  ${rule.name}: your own pattern → ${rule.transform}`)

  lines.push('', 'Decided')
  const rule = (on: boolean, sentence: string) => lines.push(`  ${on ? sentence : `OFF: ${sentence}`}`)
  rule(builtin.approve_multiple, 'more than one trace in a response needs approval')
  rule(builtin.approve_high_risk, 'showing a high-risk field needs approval')
  rule(builtin.block_export, 'exports are refused')
  rule(builtin.block_admin, 'admin routes of the backends are refused')
  rule(builtin.block_write, 'writes are refused')
  rule(builtin.block_hidden_predicates, 'filters and sorts on content or hidden fields are refused')
  lines.push(`  more than ${limits.max_traces} traces in a response are refused`)
  lines.push(
    `  a person who reads more than ${limits.window_approval} traces in ${minutes(limits.window)} needs approval, more than ${limits.window_block} are refused`,
  )
  for (const { name, when, effect } of policy.rules) lines.push(`  ${name}: ${effect} when ${when}`)

  lines.push('', 'Asked')
  for (const group of approvals.groups)
    lines.push(
      `  ${group.name}: ${[...group.members, ...group.roles.map((role) => `everyone with role ${role}`)].join(', ')}`,
    )
  if (approvals.groups.length === 0) lines.push('  nobody: what needs approval cannot be approved')
  lines.push(
    `  ${approvals.minimum === 1 ? 'one approval is' : `${approvals.minimum} approvals are`} enough; never one’s own`,
  )

  const rules = sigmaOf(config)
  if (rules.length) lines.push('', 'Sigma rules', ...rules)
  return lines.join('\n')
}

/** Your own rules, as the detectors they are. */
const sigmaOf = ({ detectors }: Config): string[] =>
  compileSigma(detectors.sigmaFiles ?? []).detectors.map(
    ({ name, title, severity }) => `  ${name}: ${title}, ${severity}`,
  )

function describeBuckets(connection: S3ConnectionConfig): string[] {
  const { buckets, writers, deleters, unknown_formats, presigned, formats } = connection
  const unmasked = formats.filter(({ format }) => format === 'pass').map(({ keys }) => keys)
  return [
    `    buckets ${buckets.join(', ')}; ${writers.join(', ') || 'nobody'} may upload, ${deleters.join(', ') || 'nobody'} delete`,
    ...(unknown_formats === 'pass' ? ['    OFF: objects of unknown format are refused'] : []),
    ...(unmasked.length ? [`    shown unmasked: ${unmasked.join(', ')}`] : []),
    ...(presigned === undefined ? [] : [`    presigned URLs live up to ${minutes(presigned)}`]),
  ]
}

/** What a connection speaks, and to whom. */
function behind(connection: Config['connections'][number]): [string, string] {
  if (connection.protocol !== 'postgres')
    return [connection.protocol === 'http' ? connection.profile : connection.protocol, connection.backend]
  const { host, port, database, user } = connection.backend
  return ['PostgreSQL', `${host}:${port}/${database} as ${user}`]
}

const minutes = (ms: number): string =>
  ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${Math.round(ms / 60_000)} min`

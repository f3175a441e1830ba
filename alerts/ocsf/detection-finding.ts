import { VERSION } from '../../core/version.ts'
import { detectorCatalog, type Evidence, type Severity } from '../../detectors/port.ts'
import type { Alert } from '../lifecycle/alert.ts'

/**
 * An alert as a Detection Finding of the Open Cybersecurity Schema Framework: class 2004 of version 1.8.0, with the
 * incident profile for what people decided. docs/ocsf.md has the table.
 */
export const OCSF_VERSION = '1.8.0'
const CATEGORY = { category_uid: 2, category_name: 'Findings' }
const CLASS = { class_uid: 2004, class_name: 'Detection Finding' }

/** Whoever reads the console may open it there. */
export interface OcsfOptions {
  /** Base URL of the console. */
  console?: string
}

export type DetectionFinding = Readonly<Record<string, unknown>>

const SEVERITY: Readonly<Record<Severity, readonly [number, string]>> = {
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
}
const VERDICT: Readonly<Record<Alert['verdict'], readonly [number, string]>> = {
  none: [0, 'Unknown'],
  'false-positive': [1, 'False Positive'],
  'true-positive': [2, 'True Positive'],
  benign: [5, 'Benign'],
}
const CREATE: readonly [number, string] = [1, 'Create']
const UPDATE: readonly [number, string] = [2, 'Update']
const CLOSE: readonly [number, string] = [3, 'Close']

export function detectionFinding(alert: Alert, { console: url }: OcsfOptions = {}): DetectionFinding {
  const [activity_id, activity_name] = activityOf(alert)
  const [severity_id, severity] = SEVERITY[alert.severity]
  const [status_id, status] = statusOf(alert)
  const [verdict_id, verdict] = VERDICT[alert.verdict]
  const link = url === undefined ? {} : { src_url: `${url}/alerts/${encodeURIComponent(alert.id)}` }
  const reason = alert.history.findLast((entry) => entry.reason)?.reason
  return {
    ...CATEGORY,
    ...CLASS,
    ...{ activity_id, activity_name, type_uid: CLASS.class_uid * 100 + activity_id },
    type_name: `${CLASS.class_name}: ${activity_name}`,
    time: ms(alert['@timestamp']),
    ...{ start_time: ms(alert.window.from), end_time: ms(alert.window.to) },
    ...{ severity_id, severity, status_id, status, verdict_id, verdict },
    is_alert: activity_id !== 3 && !alert.suppression,
    message: alert.summary,
    ...(alert.certain && { confidence_id: 3, confidence: 'High' }),
    ...(alert.assignee !== undefined && { assignee: { uid: alert.assignee, type_id: 1 } }),
    ...(reason !== undefined && { comment: reason }),
    ...link,
    metadata: {
      version: OCSF_VERSION,
      profiles: ['incident'],
      product: { name: 'Tracewarden', vendor_name: 'Tracewarden', version: VERSION },
      ...{ uid: `${alert.id}.${alert.revision}`, event_code: alert.detector },
      ...{ correlation_uid: alert.incident, original_time: alert['@timestamp'] },
    },
    finding_info: { ...findingInfo(alert), ...link },
    evidences: [evidence(alert)],
    ...resources(alert.evidence),
    ...analysis(alert),
    ...remediation(alert),
    unmapped: { score: alert.score, p: alert.p, revision: alert.revision, config: alert.config },
  }
}

const ms = (time: string): number => Date.parse(time)

function activityOf({ status, revision, history }: Alert): readonly [number, string] {
  if (status === 'closed') return CLOSE
  return revision > 1 || history.length > 0 ? UPDATE : CREATE
}

function statusOf({ status, suppression }: Alert): readonly [number, string] {
  if (suppression) return [3, 'Suppressed']
  if (status === 'closed') return [4, 'Resolved']
  return status === 'open' ? [1, 'New'] : [2, 'In Progress']
}

function findingInfo(alert: Alert) {
  const { id, detector, summary, evidence, threat, window } = alert
  const modified = alert.history.at(-1)?.at
  return {
    uid: id,
    title: titleOf(alert),
    desc: summary,
    types: ['Insider Threat'],
    created_time: ms(alert['@timestamp']),
    ...(modified !== undefined && { modified_time: ms(modified) }),
    ...{ first_seen_time: ms(window.from), last_seen_time: ms(window.to) },
    analytic: { uid: detector, name: detector, ...kindOf(alert) },
    attacks: threat.technique.id.map(attack),
    related_events: evidence.events.map((uid) => ({ uid })),
    related_events_count: evidence.events.length,
  }
}

/** Of those that are shipped. */
const cardOf = (detector: string) => detectorCatalog().find(({ name }) => name === detector)

/** Of a rule of one's own, what the evidence says. */
const titleOf = ({ detector, evidence }: Alert): string =>
  cardOf(detector)?.title ?? String(evidence.rule ?? detector)

/** A rule states a fact; the others compare with what is usual, of counts or of a person's habits. */
function kindOf({ certain, detector }: Alert) {
  const card = cardOf(detector)
  if (certain || !card) return { type_id: 1, type: 'Rule' }
  return card.scales.includes('session')
    ? { type_id: 2, type: 'Behavioral' }
    : { type_id: 3, type: 'Statistical' }
}

/** `T1567.002` is a sub-technique of T1567. */
function attack(id: string) {
  const [technique = id] = id.split('.')
  return { technique: { uid: technique }, ...(technique !== id && { sub_technique: { uid: id } }) }
}

function evidence({ user, subject, evidence }: Alert) {
  const session = evidence.sessions.at(-1)
  const who = user ?? (subject.kind === 'person' ? { id: subject.id } : undefined)
  return {
    name: 'What the detector saw',
    ...((who || session !== undefined) && {
      actor: {
        ...(who && { user: { uid: who.id } }),
        ...(session !== undefined && { session: { uid: session } }),
      },
    }),
    data: evidence,
  }
}

/** The collections that were read. */
function resources({ collections }: Evidence) {
  const names = Array.isArray(collections) ? collections.filter((name) => typeof name === 'string') : []
  return names.length ? { resources: names.map((name) => ({ name, type: 'collection' })) } : {}
}

/** Observed against usual, where the detector compares. */
function analysis({ detector, subject, summary, evidence }: Alert) {
  const { observed, expected, low, high, baseline } = evidence
  if (expected === undefined) return {}
  const range = low === undefined || high === undefined ? '' : ` (${low}–${high})`
  return {
    anomaly_analyses: [
      {
        analysis_targets: [{ name: subject.id, type: subject.kind }],
        anomalies: [
          {
            observation_parameter: detector,
            observed_pattern: summary,
            observations: [{ value: String(observed) }],
          },
        ],
        baselines: [
          {
            observation_parameter: detector,
            observed_pattern: `${expected}${range}`,
            observations: [
              {
                value: String(expected),
                ...(baseline && {
                  count: baseline.n,
                  timespan: { start_time: ms(baseline.from), end_time: ms(baseline.to) },
                }),
              },
            ],
          },
        ],
      },
    ],
  }
}

function remediation({ detector }: Alert) {
  const steps = cardOf(detector)?.runbook
  return steps ? { remediation: { desc: steps.join('. ') } } : {}
}

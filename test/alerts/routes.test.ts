import t from 'tap'
import { type Alert, alertsConfig } from '../../alerts/port.ts'
import { alertDestinations, approvalDestinations } from '../../alerts/routes/match.ts'
import { retryAfterOf } from '../../alerts/routes/retry-after.ts'
import { SEVERITIES } from '../../detectors/port.ts'
import { approvalsConfig } from '../../gateway/port.ts'
import fc from '../support/properties.ts'
import { finding } from './office.ts'

t.test(
  'routes match by severity, detector and team, each destination once, and nobody is left out',
  async (t) => {
    const config = {
      alerts: alertsConfig.parse({
        routes: [
          { severity: 'high', slack: '#soc' },
          { detectors: ['abrupt-end'], slack: '#soc', webhook: 'https://soc.example/hook' },
          { teams: ['search'], slack: '#search' },
        ],
      }),
      approvals: approvalsConfig.parse({
        groups: [{ name: 'owners', channel: '#owners' }, { name: 'others' }],
      }),
      channel: '#tracewarden',
    }
    const to = (more: Partial<Alert>, team?: string) =>
      alertDestinations(finding('a', more), team, config).map((one) =>
        one.kind === 'slack' ? one.channel : one.url,
      )
    t.same(to({ severity: 'critical', detector: 'abrupt-end' }), ['#soc', 'https://soc.example/hook'])
    t.same(to({ severity: 'high' }, 'search'), ['#soc', '#search'])
    t.same(to({ subject: { kind: 'team', id: 'search' } }), ['#search'])
    t.same(to({ severity: 'low' }), ['#tracewarden'])
    t.same(
      approvalDestinations(['owners', 'others', 'unknown'], config).map(
        (one) => one.kind === 'slack' && one.channel,
      ),
      ['#owners', '#tracewarden'],
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...SEVERITIES),
        fc.string(),
        fc.option(fc.string()),
        (severity, detector, team) => {
          const found = to({ severity, detector }, team ?? undefined)
          return found.length > 0 && new Set(found).size === found.length
        },
      ),
    )
  },
)

t.test('Retry-After is seconds or a date, at most an hour, and nonsense is none', async (t) => {
  const clock = { now: () => Date.parse('2026-02-12T10:00:00Z'), monotonic: () => 0 }
  t.equal(retryAfterOf('30', clock), 30_000)
  t.equal(retryAfterOf('Thu, 12 Feb 2026 10:00:10 GMT', clock), 10_000)
  t.equal(retryAfterOf('999999', clock), 3_600_000)
  t.equal(retryAfterOf('Thu, 12 Feb 2026 09:00:00 GMT', clock), 0)
  t.equal(retryAfterOf('soon', clock), undefined)
  t.equal(retryAfterOf(undefined, clock), undefined)
})

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { stringify } from 'yaml'
import type { SessionEvent } from '../../core/event.ts'
import {
  checkDetectors,
  compileSigma,
  createEngine,
  detectorsConfig,
  detectorsOf,
} from '../../detectors/port.ts'
import { globMatch, parseGlob } from '../../detectors/sigma/glob.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../fixtures/sigma')
const config = detectorsConfig.parse({})
let n = 0
type Warden = Partial<SessionEvent['tracewarden']>
const event = (warden: Warden = {}, rest: Partial<SessionEvent> = {}): SessionEvent => ({
  '@timestamp': '2026-02-09T10:00:00.000Z',
  event: { id: `e${n++}`, action: 'trace-read', outcome: 'success' },
  user: { id: 'u1' },
  ...rest,
  tracewarden: { session: { id: 's1' }, ...warden },
})
const rule = (detection: unknown, more: object = {}) => ({
  file: 'rules/some.yml',
  text: stringify({ title: 'Some rule', logsource: { product: 'tracewarden' }, detection, ...more }),
})
const run = (files: Parameters<typeof compileSigma>[0], events: readonly SessionEvent[]) => {
  const { detectors, problems } = compileSigma(files)
  t.same(problems, [])
  const engine = createEngine({ config, detectors })
  return [...events.flatMap((each) => engine.push(each)), ...engine.finish()]
}
const fires = (selection: unknown, subject: SessionEvent) =>
  run([rule({ selection, condition: 'selection' })], [subject]).length > 0
const problem = (detection: unknown, more: object = {}) =>
  compileSigma([rule(detection, more)], (pattern) => (pattern.includes('+)+') ? 'backtracks' : undefined))
    .problems[0]

t.test('fields match by value, case, wildcard and modifier, in lists any or all', async (t) => {
  const subject = event(
    {
      collection: 'Aurora-Eval',
      bypass: ['sql-substring', 'header-override'],
      traces: { count: 60, distinct: 55 },
      statement: { shape: 'C:\\traces\\a' },
    },
    { source: { ip: '10.1.2.3' }, user_agent: { original: 'curl/8.1' } },
  )
  const yes: Record<string, unknown>[] = [
    { 'tracewarden.collection': 'aurora-eval' },
    { 'tracewarden.collection': 'aurora*' },
    { 'tracewarden.collection': '?urora-e*l' },
    { 'tracewarden.collection|contains': 'RORA' },
    { 'tracewarden.collection|startswith': ['x', 'aur'] },
    { 'tracewarden.collection|endswith': 'eval' },
    { 'tracewarden.collection|cased': 'Aurora-Eval' },
    { 'tracewarden.collection|re': '^A[a-z]+-' },
    { 'tracewarden.collection|re|i': '^aurora' },
    { 'tracewarden.bypass': 'header-override' },
    { 'tracewarden.bypass|contains|all': ['sql', 'header'] },
    { 'tracewarden.bypass|all|contains': ['sql', 'header'] },
    { 'tracewarden.traces.distinct': 55 },
    { 'tracewarden.traces.distinct|gt': 54, 'tracewarden.traces.count|lte': 60 },
    { 'source.ip|cidr': ['192.168.0.0/16', '10.0.0.0/8'] },
    { 'tracewarden.approval|exists': false },
    { 'tracewarden.approval.reviewer': null },
    { 'tracewarden.statement.shape|contains': 'C:\\traces' },
    { 'tracewarden.statement.shape|endswith': '\\\\a' },
  ]
  for (const selection of yes) t.ok(fires(selection, subject), JSON.stringify(selection))
  const no: Record<string, unknown>[] = [
    { 'tracewarden.collection': 'aurora' },
    { 'tracewarden.collection': 'aurora\\*' },
    { 'tracewarden.collection|cased': 'aurora-eval' },
    { 'tracewarden.collection|re': '^aurora' },
    { 'tracewarden.bypass|contains|all': ['sql', 'oracle'] },
    { 'tracewarden.traces.distinct|lt': 55 },
    { 'source.ip|cidr': 'fd00::/8' },
    { 'tracewarden.bypass|exists': false },
    { 'tracewarden.bypass': null },
    { 'tracewarden.rules': '*' },
    { 'tracewarden.collection': 'aurora*', 'user.id': 'u2' },
  ]
  for (const selection of no) t.notOk(fires(selection, subject), JSON.stringify(selection))
  t.ok(fires([{ 'user.id': 'u2' }, { 'user.id': 'u1' }], subject), 'a list of maps: any of them')
})

t.test('conditions: and before or, not, brackets, counts of selections', async (t) => {
  const yes = { 'user.id': 'u1' }
  const no = { 'user.id': 'u2' }
  const detection = { sel_a: yes, sel_b: no, _hidden: no, other: yes }
  const cases: Record<string, boolean> = {
    'sel_a or sel_b and sel_b': true,
    '(sel_a or sel_b) and sel_b': false,
    'not sel_b and not not sel_a': true,
    'sel_a and not (sel_b or other)': false,
    '1 of sel_*': true,
    'all of sel_*': false,
    'any of them': true,
    'all of them': false,
    '2 of them': true,
    '3 of them': false,
    'not 1 of _*': true,
    'sel_a AND NOT sel_b': true,
  }
  for (const [condition, fires] of Object.entries(cases))
    t.equal(run([rule({ ...detection, condition })], [event()]).length > 0, fires, condition)
})

t.test('what is found carries the rule: title, level, techniques, what would make it benign', async (t) => {
  const files = readdirSync(EXAMPLES)
    .sort()
    .map((file) => ({ file, text: readFileSync(join(EXAMPLES, file), 'utf8') }))
  const tried = (ip: string) => event({ bypass: ['sql-substring'] }, { source: { ip } })
  const exported = (kind: 'human' | 'service', client: string) =>
    event(
      { person: { kind }, connection: { name: 'c', protocol: 'http' } },
      {
        event: { id: `x${n++}`, action: 'trace-export', outcome: 'success' },
        user_agent: { original: client },
      },
    )
  const secret = (group: string, distinct: number) =>
    event({ collection: 'red-team-2', traces: { distinct } }, { user: { id: 'u3', group: { name: group } } })
  const quiet = [tried('10.3.4.5'), exported('service', 'curl/8'), exported('human', 'Firefox'), event()]
  t.same(run(files, [...quiet, secret('aurora', 80), secret('search', 3)]), [])
  const found = run(files, [
    tried('203.0.113.9'),
    tried('203.0.113.9'),
    exported('human', 'curl/8'),
    secret('x', 50),
  ])
  const last = new Map(found.map((finding) => [finding.detector, finding]))
  t.match(last.get('sigma-bypass-from-outside'), {
    severity: 'high',
    user: { id: 'u1' },
    summary: "Bypass attempt from outside the company's networks: 2 events on 9 Feb",
    threat: { technique: { id: ['T1213'] } },
    evidence: { observed: 2, benign: /without the VPN/, rule: /5f2f4c1e/ },
  })
  t.match(last.get('sigma-scripted-export'), {
    severity: 'medium',
    threat: { technique: { id: ['T1119', 'T1567.002'] } },
  })
  const critical = last.get('sigma-secrets-project')
  t.match(critical, { severity: 'critical', threat: { technique: { id: [] } } })
  t.notOk(critical?.evidence.benign, '“unknown” says nothing')
})

t.test(
  'what is wrong or not supported is refused, with its place and code; never taken in part',
  async (t) => {
    const unsupported: [unknown, object?][] = [
      [{ selection: ['keyword'], condition: 'selection' }],
      [{ selection: { 'user.id|base64offset': 'x' }, condition: 'selection' }],
      [{ selection: { 'user.id': 'x' }, condition: 'selection | count() by user.id > 5' }],
      [{ selection: { 'user.id': 'x' }, condition: 'selection', timeframe: '5m' }],
      [{ selection: { 'user.id': 'x' }, condition: ['selection', 'selection'] }],
      [{ selection: { 'user.id': 'x' }, condition: 'selection' }, { correlation: {} }],
      [{ selection: { 'user.id': 'x' }, condition: 'selection' }, { logsource: { product: 'windows' } }],
    ]
    for (const [detection, more] of unsupported)
      t.equal(
        problem(detection, more)?.code,
        'TW_DETECTORS_SIGMA_UNSUPPORTED',
        JSON.stringify([detection, more]),
      )
    const invalid: unknown[] = [
      { selection: { 'usr.id': 'x' }, condition: 'selection' },
      { selection: { 'user.id': 'x' }, condition: 'selektion' },
      { selection: { 'user.id': 'x' }, condition: 'selection and' },
      { selection: { 'user.id': 'x' }, condition: '(selection' },
      { selection: { 'user.id': 'x' }, condition: '2 of them' },
      { selection: { 'user.id': 'x' } },
      { selection: {}, condition: 'selection' },
      { selection: { 'user.id': [] }, condition: 'selection' },
      { selection: { 'user.id|re': '(' }, condition: 'selection' },
      { selection: { 'user.id|re': '(a+)+$' }, condition: 'selection' },
      { selection: { 'source.ip|cidr': '10.0.0.0/99' }, condition: 'selection' },
      { selection: { 'tracewarden.bytes|gt': 'many' }, condition: 'selection' },
      { selection: { 'user.id|contains|endswith': 'x' }, condition: 'selection' },
    ]
    for (const detection of invalid)
      t.equal(problem(detection)?.code, 'TW_DETECTORS_SIGMA_INVALID', JSON.stringify(detection))
    t.match(
      problem({ selection: { 'person.timezone': 'x' }, condition: 'selection' })?.message,
      'tracewarden.person.timezone',
    )

    const text =
      'title: T\nlogsource:\n  product: tracewarden\ndetection:\n  selection:\n    user.id:\n      - a\n      - {}\n  condition: selection\n'
    t.match(compileSigma([{ file: 'r.yml', text }]).problems, [{ file: 'r.yml', line: 8, column: 9 }])
    t.match(compileSigma([{ file: 'r.yml', text: 'title: [' }]).problems, [{ file: 'r.yml', line: 1 }])
    t.equal(compileSigma([{ file: 'r.yml', text: '' }]).problems.length, 1)
    t.equal(compileSigma([{ file: 'r.yml', text: 'a: &a [1]\nb: [*a,*a]\n' }]).problems.length, 1)
    const twice = compileSigma([
      rule({ s: { 'user.id': 'x' }, condition: 's' }),
      rule({ s: { 'user.id': 'x' }, condition: 's' }),
    ])
    t.match(twice.problems, [{ message: /sigma-some/ }])
  },
)

t.test('a rule takes options like any detector, and problems name its file', async (t) => {
  const sigmaFiles = [rule({ s: { 'user.id': 'u1' }, condition: 's' })]
  const tuned = { ...detectorsConfig.parse({ rules: { 'sigma-some': { severity: 'low' } } }), sigmaFiles }
  t.same(checkDetectors(tuned), [])
  const engine = createEngine({ config: tuned, detectors: detectorsOf(tuned) })
  t.equal(engine.push(event()).find(({ detector }) => detector === 'sigma-some')?.severity, 'low')
  const broken = { ...tuned, sigmaFiles: [rule({ s: { 'user.id': 'u1' }, condition: 'x' })] }
  const problems = checkDetectors(broken)
  t.match(problems[0], { path: ['sigma'], at: { file: 'rules/some.yml', line: 7 } })
  t.match(problems[1]?.message, /unknown detector/)
})

t.test('text patterns match as the same regular expression does', async () => {
  const piece = fc.constantFrom('a', 'b', 'A', '*', '?', '\\*', '\\\\')
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.stringMatching(/^[abA*\\]{0,10}$/),
      fc.boolean(),
      (parts, value, cased) => {
        const pattern = parts.map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part)).join('')
        const glob = parseGlob(parts.join(''), { cased, open: false, until: false })
        return globMatch(glob, value) === new RegExp(`^${pattern}$`, cased ? 's' : 'si').test(value)
      },
    ),
    { numRuns: 2000, seed: 7 },
  )
})

import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lintWith } from '../../daemon/config/lint.ts'
import { readConfig } from '../../daemon/config/load.ts'
import { parseConfig } from '../../daemon/config/parse.ts'
import { formatProblem } from '../../daemon/config/problem.ts'
import { provenanceOf, readProven } from '../../daemon/config/provenance.ts'
import { rulesNamedBy, stateOfRules } from '../../daemon/config/rule-files.ts'
import { rememberMasking } from '../../gateway/port.ts'

const lint = lintWith(rememberMasking())
const problemsOf = (text: string, env: Record<string, string> = {}) =>
  parseConfig(text, { file: 'tw.yaml', env, lint }).problems.map(formatProblem)

const rule = (rest: string) => `policy:\n  rules:\n    - { name: mine, ${rest} }`
const custom = (pattern: string) =>
  `masking:\n  content:\n    custom:\n      - { name: mine, keywords: [key], pattern: "${pattern}", transform: redact }`
const RULE =
  'title: T\nlogsource: { product: tracewarden }\ndetection:\n  s:\n    user.id: u1\n  condition: s\n'
const SLACK = 'app_token: x, channel: "#a" }'

/** What is written, and what is said about it: place, option, what was expected. */
const WRONG: readonly (readonly [string, RegExp])[] = [
  ['a: [', /^tw\.yaml:1:5: /],
  ['gateway: a\ngateway: b', /^tw\.yaml:2:1: Map keys must be unique/],
  ['', /^tw\.yaml:1:1: expected options, found an empty file/],
  ['# to be written', /^tw\.yaml:1:1: expected options/],
  ['- a', /^tw\.yaml:1:1: .*expected object, received array/],
  ['log: info\nlisten: x', /^tw\.yaml:2:9: listen: unknown option/],
  [
    'policy:\n  limits:\n    max_traces: many',
    /^tw\.yaml:3:17: policy\.limits\.max_traces: .*expected number/,
  ],
  [
    'policy:\n  limits: { window: 5 parsecs }',
    /^tw\.yaml:2:21: policy\.limits\.window: expected a duration such as/,
  ],
  ['spool: { max: lots }', /^tw\.yaml:1:15: spool\.max: expected a size such as/],
  [
    'detectors:\n  rules:\n    volume-spik: { minimum: 3 }',
    /^tw\.yaml:3:18: detectors\.rules\.volume-spik: unknown detector; expected one of volume-spike/,
  ],
  [
    'detectors:\n  rules:\n    salami:\n      minimun: 3',
    /^tw\.yaml:4:16: detectors\.rules\.salami\.minimun: unknown option; expected one of enabled/,
  ],
  [
    'detectors:\n  rules:\n    salami:\n      users: { ann: { minimun: 3 } }',
    /^tw\.yaml:4:32: detectors\.rules\.salami\.users\.ann\.minimun: unknown option/,
  ],
  [
    'identity:\n  users: [{ id: ann, roles: [soc] }]\ndetectors:\n  rules:\n    salami: { roles: { sok: { shadow: true } } }',
    /^tw\.yaml:5:\d+: detectors\.rules\.salami\.roles\.sok: unknown role; expected one of soc/,
  ],
  [
    'detectors: { rules: { salami: { allow: ["event.colection == 1"] } } }',
    /^tw\.yaml:1:\d+: detectors\.rules\.salami\.allow\[0\]: character 7 .*expected one of action, collection/,
  ],
  [
    'detectors: { rules: { salami: { windows: [session] } } }',
    /^tw\.yaml:1:\d+: detectors\.rules\.salami\.windows: salami would judge nothing; expected some of/,
  ],
  ['console: { listen: nowhere }', /^tw\.yaml:1:20: console\.listen: expected host:port/],
  [`slack: { bot_token: "\${env:TW_NOT_SET}", ${SLACK}`, /:1:21: slack\.bot_token: .*TW_NOT_SET is not set/],
  [
    `slack: { bot_token: "\${file:./gone}", ${SLACK}`,
    /:1:21: slack\.bot_token: the file \.\/gone cannot be read/,
  ],
  [
    rule('when: "request.traces >", effect: block'),
    /^tw\.yaml:3:27: policy\.rules\[0\]\.when: .*expected a condition/,
  ],
  [rule('when: "request.tracess > 1", effect: block'), /No such key: tracess; expected one of .*traces/],
  [rule('when: "request.traces + 1", effect: block'), /policy\.rules\[0\]\.when/],
  [
    rule('when: "true", effect: explode'),
    /policy\.rules\[0\]\.effect: .*expected one of "allow"\|"approval"\|"block"/,
  ],
  [custom('(a'), /^tw\.yaml:4:\d+: masking\.content\.custom\[0\]/],
  [custom('(a+)+$'), /^tw\.yaml:4:\d+: masking\.content\.custom\[0\]/],
  ['masking:\n  content:\n    disable: [nothing]', /^tw\.yaml:3:15: .*no built-in content rule `nothing`/],
  [
    'detectors:\n  rules:\n    volume-spyke: {}',
    /^tw\.yaml:3:19: detectors\.rules\.volume-spyke: unknown detector; expected one of volume-spike/,
  ],
  [
    'detectors:\n  rules:\n    volume-spike: { sped: 1 }',
    /^tw\.yaml:3:27: detectors\.rules\.volume-spike\.sped: unknown option/,
  ],
  [
    'detectors:\n  holidays:\n    - { name: x, dates: [2026-13-01] }',
    /^tw\.yaml:3:26: detectors\.holidays\[0\]\.dates\[0\]: expected a date such as 2026-12-25/,
  ],
  [
    'detectors:\n  exposures:\n    - { name: x, from: 2026-12-07, to: 2026-12-11, factor: 2, detectors: [canary] }',
    /^tw\.yaml:3:75: detectors\.exposures\[0\]\.detectors\[0\]: unknown detector that counts what is read; expected one of/,
  ],
  [
    'detectors: { timezone: Mars/Olympus }',
    /^tw\.yaml:1:24: detectors\.timezone: expected an IANA time zone/,
  ],
  [
    'connections:\n  - { name: a, profile: mlfow, listen: "127.0.0.1:1", backend: "http://b" }',
    /^tw\.yaml:2:25: .*expected one of "mlflow"/,
  ],
  [
    'connections:\n  - { name: a, profile: mlflow, listen: "127.0.0.1:7400", backend: "http://b" }',
    /console\.listen: is taken by connection a/,
  ],
  ['approvals:\n  default_groups: [ghosts]', /^tw\.yaml:2:20: .*no reviewer group ghosts/],
  ['connections: *missing', /^tw\.yaml:1:1: Unresolved alias/],
  ['a: &x [*x]', /^tw\.yaml:1:7: a: nested more than 50 deep/],
]

t.test('what is wrong with a config is said with its place and what was expected', async (t) => {
  for (const [text, expected] of WRONG) {
    const problems = problemsOf(text)
    t.ok(
      problems.some((problem) => expected.test(problem)),
      `${JSON.stringify(text)}: ${problems.join(' | ')}`,
    )
  }
})

t.test('all problems are said at once', async (t) => {
  const problems = problemsOf('gateway: NO\nlog: loud\nspool: { max: lots }\nx: 1')
  t.strictSame(
    problems.map((problem) => problem.split(':')[1]),
    ['1', '2', '3', '4'],
  )
})

t.test('references are filled in; an empty variable is as good as none', async (t) => {
  const text = 'gateway: "${env:NAME}-1"'
  const parsed = parseConfig(text, { file: 'tw.yaml', env: { NAME: 'east' }, lint })
  t.equal(parsed.config?.gateway, 'east-1')
  t.match(problemsOf(text, { NAME: '' }), [/NAME is not set/])
})

t.test(
  'Sigma rules are read with the config; what is wrong is told with the rule’s file and line',
  async (t) => {
    const directory = t.testdir({
      'tw.yaml': 'detectors: { sigma: [rules, one.yml] }',
      rules: {
        'a.yaml': RULE,
        deep: { 'b.yml': RULE.replace('u1', 'u2') },
        'notes.txt': 'not a rule',
      },
      'one.yml': RULE.replace('condition: s', 'condition: t'),
    })
    const file = join(directory, 'tw.yaml')
    const read = () => parseConfig(readFileSync(file, 'utf8'), { file, env: {}, lint })
    t.match(read().problems.map(formatProblem), [
      /^one\.yml:6:14: detectors\.sigma: .*no selection t \(TW_DETECTORS_SIGMA_INVALID\)$/,
    ])
    const before = stateOfRules(['rules', 'one.yml'], directory)
    // Longer, too: on a coarse clock the time of two writes may be the same.
    writeFileSync(join(directory, 'one.yml'), `${RULE}# mended\n`)
    t.not(stateOfRules(['rules', 'one.yml'], directory), before, 'a change shows')
    const { config } = read()
    t.same(
      config?.detectors.sigmaFiles?.map((each) => each.file),
      [join('rules', 'a.yaml'), join('rules', 'deep', 'b.yml'), 'one.yml'],
    )
    t.match(
      parseConfig('detectors: { sigma: [gone] }', { file, env: {}, lint }).problems.map(formatProblem),
      [/tw\.yaml:1:\d+: detectors\.sigma\[0\]: .*gone/],
    )
  },
)

t.test('whoever may write a rule stands behind the config, and a signature covers the rules', async (t) => {
  const directory = t.testdir({
    'tw.yaml': 'detectors: { sigma: [rules, "${env:ONE}"] }\nmasking: "${env:KEPT_ELSEWHERE}"',
    'good.yaml': 'detectors: { sigma: [rules, one.yml] }',
    rules: { deep: { 'a.yml': RULE } },
    'one.yml': RULE.replace('u1', 'u2'),
  })
  const at = (...names: string[]) => join(directory, ...names)
  for (const each of [[], ['rules'], ['rules', 'deep']]) chmodSync(at(...each), 0o755)
  for (const each of [['good.yaml'], ['one.yml'], ['rules', 'deep', 'a.yml']]) chmodSync(at(...each), 0o644)
  const file = at('good.yaml')
  const provenance = () => readProven(file, () => readConfig(file, { env: {}, lint })).provenance
  const open = () => provenance().rules.map((each) => `${each.file}${each.open ? ' open' : ''}`)
  t.same(open(), ['rules', 'rules/deep', 'rules/deep/a.yml', 'one.yml'])
  chmodSync(at('rules', 'deep'), 0o777)
  t.same(open(), ['rules', 'rules/deep open', 'rules/deep/a.yml open', 'one.yml'])
  chmodSync(at('rules', 'deep'), 0o755)

  const { digest } = provenance()
  t.equal(provenanceOf(file, rulesNamedBy(file, {})).digest, digest, 'what is signed is what is judged')
  t.equal(rulesNamedBy(at('tw.yaml'), { ONE: 'one.yml' }).files.length, 2, 'no secret is needed to sign')
  t.throws(() => rulesNamedBy(at('tw.yaml'), {}), { code: 'TW_CONFIG_RULES', message: /ONE is not set/ })
  writeFileSync(at('one.yml'), RULE.replace('u1', 'u3'))
  t.not(provenance().digest, digest, 'a rule’s text is part of it')
  writeFileSync(at('one.yml'), RULE.replace('u1', 'u2'))
  t.equal(provenance().digest, digest)
  renameSync(at('rules', 'deep', 'a.yml'), at('rules', 'deep', 'b.yml'))
  t.not(provenance().digest, digest, 'and so is its name, by which the detector goes')
})

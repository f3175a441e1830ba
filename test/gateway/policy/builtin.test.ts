import t from 'tap'
import { compileMasking } from '../../../gateway/masking/compile.ts'
import { builtinRules } from '../../../gateway/policy/builtin/index.ts'
import { judgePaths } from '../../../gateway/policy/paths.ts'
import { configOf, inputOf } from './given.ts'

const config = configOf({ policy: { builtin: { block_write: true } } })
const paths = judgePaths(compileMasking(config.masking))

t.test('names are unique', async (t) => {
  t.equal(new Set(builtinRules.map((r) => r.name)).size, builtinRules.length)
})

for (const rule of builtinRules)
  t.test(rule.sentence, async (t) => {
    t.ok(rule.on(config), 'is on')
    t.ok(
      rule.examples.some((e) => e.effect === 'silent'),
      'shows when it stays silent',
    )
    t.ok(
      rule.examples.some((e) => e.effect !== 'silent'),
      'shows when it speaks',
    )
    for (const { name, given, effect } of rule.examples) {
      const match = rule.judge({ ...inputOf(given), config, paths })
      t.equal(match?.effect ?? 'silent', effect, name)
    }
  })

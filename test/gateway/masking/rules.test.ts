import t from 'tap'
import { builtinRules, maskText } from '../../../gateway/masking/compile.ts'
import { compiled, everything } from './setup.ts'

t.test('every rule finds its own examples and leaves alone what only looks like them', async (t) => {
  for (const rule of builtinRules) {
    for (const example of rule.examples.match)
      t.match(maskText(everything, example), `[masked:${rule.name}]`, `${rule.name} finds an example`)
    for (const example of rule.examples.pass)
      t.notMatch(maskText(everything, example), `[masked:${rule.name}]`, `${rule.name} leaves ${example}`)
  }
})

t.test('there are enough kinds of credential, and no two rules share a name', async (t) => {
  t.ok(builtinRules.filter((rule) => rule.kind === 'credential').length >= 40)
  t.equal(new Set(builtinRules.map((rule) => rule.name)).size, builtinRules.length)
})

t.test('ordinary text stays as it is', async (t) => {
  const texts = [
    'We will first reproduce the issue. Then run `pip install scikit-learn==1.5.0` in /usr/local/lib/python3.11.',
    'At 2026-11-20T09:14:03.120Z the loss was 0.0312 after 1200 steps (10 000 tokens).',
    'def token_count(text: str) -> int:\n    return len(text.split())  # tokens',
    'commit 3f786850e387550fdab836ed7e6dc881de23001b by task-runner at 192.168.10.20:8080',
    'trace 4bf92f3577b34da6a3ce929d0e0e4736, span 00f067aa0ba902b7, id 550e8400-e29b-41d4-a716-446655440000',
    'The password is shown once. Secret: none. token: string; max_tokens: 4096, api_key: str | None = None',
    'https://example.org/a/b?page=2&sort=name#part and git@ and @dataclass and user@localhost',
    'Wir prüfen „Grüße“ — 東京は晴れ。 Привет, мир! Ωmega ≠ αlpha',
    'total 4111 of 5555; 1700000000389411335 ns; 3.14159265358979; v1.0-12; AKIA; sk-learn; ghp_',
  ]
  for (const text of texts) t.equal(maskText(everything, text), text)
})

t.test('a disabled rule finds nothing', async (t) => {
  const text = 'write to ada@example.org'
  t.equal(maskText(compiled({ content: { disable: ['email'] } }), text), text)
})

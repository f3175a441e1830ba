import type { contentRules } from '../../gateway/port.ts'

type Rule = (typeof contentRules)[number]

const KINDS: Readonly<Record<Rule['kind'], string>> = {
  credential: 'Credentials: they open something',
  identifier: 'Identifiers: they name an account or a person in a system',
  personal: 'Personal data',
}

/** docs/content-rules.md: what is recognised anywhere in any text. Examples stay in the code, where they are run. */
export function contentRulesReference(rules: readonly Rule[]): string {
  const parts = [
    '# Content rules',
    '',
    `Made from the ${rules.length} built-in rules by \`npm run docs\`; do not edit. Each carries examples that must match and examples that must not, run in the tests. Switch one off with \`masking.content.disable\`, change how it hides with \`masking.content.transform\`, add your own under \`masking.content.custom\`. How they are applied is in [masking](masking.md).`,
    '',
  ]
  for (const [kind, title] of Object.entries(KINDS)) {
    const some = rules.filter((rule) => rule.kind === kind)
    parts.push(`## ${title} (${some.length})`, '', '| rule | what it finds |', '|---|---|')
    for (const { name, title } of some) parts.push(`| \`${name}\` | ${title.replaceAll('|', '\\|')} |`)
    parts.push('')
  }
  return `${parts.join('\n').trimEnd()}\n`
}

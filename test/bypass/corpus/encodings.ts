import type { Attack, Secrets } from '../attack.ts'

/** A trace with one text in it. */
const trace = ({ id }: Secrets, output: unknown) => ({
  trace: { trace_id: id, project: 'p', created_at: '2026-11-20T00:00:00Z', output },
})
const b64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')
const url = (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&')
const chars = (text: string, each: (code: number, char: string) => string) =>
  [...text].map((c) => each(c.charCodeAt(0), c)).join('')
const hex4 = (code: number) => code.toString(16).padStart(4, '0')
/** Raw JSON, for what JSON.stringify would not write. */
const raw = ({ id }: Secrets, output: string) =>
  `{"trace":{"trace_id":"${id}","created_at":"2026-11-20T00:00:00Z","output":${output}}}`
const nest = (value: string, levels: number): string =>
  levels === 0 ? value : JSON.stringify({ a: nest(value, levels - 1) })

const texts: readonly (readonly [number[], string, (s: Secrets) => unknown])[] = [
  [[24], 'plain text', (s) => `the key is ${s.aws}, the token ${s.github}`],
  [[17], 'base64', (s) => `payload ${b64(`key ${s.aws}`)}`],
  [[17], 'base64 alone, key at an odd alignment', (s) => b64(`x${s.aws}`)],
  [[17], 'base64 of base64', (s) => b64(b64(`aws ${s.aws}`))],
  [
    [17],
    'base64url of JSON',
    (s) => Buffer.from(JSON.stringify({ key: s.aws, token: s.github })).toString('base64url'),
  ],
  [
    [17],
    'base64 wrapped at 76 characters',
    (s) =>
      b64(`${'some text before it '.repeat(6)}${s.aws}${' and after it'.repeat(9)}`).replace(
        /.{76}/g,
        '$&\n',
      ),
  ],
  [[17], 'base64 in a data URL', (s) => `data:text/plain;base64,${b64(`secret=${s.aws}`)}`],
  [[17], 'hex', (s) => hex(`key ${s.aws}`)],
  [[17], 'hex in capitals with 0x', (s) => `0x${hex(s.github).toUpperCase()}`],
  [[17], 'hex of base64', (s) => hex(b64(`k ${s.aws}`))],
  [[17], 'hex with a space between bytes', (s) => hex(s.aws).replace(/../g, '$& ')],
  [[17], 'hex with colons', (s) => hex(s.aws).replace(/..(?=.)/g, '$&:')],
  [[17], '\\x in text', (s) => chars(s.aws, (c) => `\\x${c.toString(16)}`)],
  [[17], 'URL-encoded', (s) => `https://x.example/?k=${url(s.aws)}`],
  [[17], 'URL-encoded twice', (s) => url(url(s.aws))],
  [[17, 24], 'URL-encoded twice, cut inside an escape', (s) => url(url(s.aws)).slice(0, -10)],
  [[17, 24], 'URL-encoded twice, cut with dots', (s) => `${url(url(s.aws)).slice(0, -11)}...`],
  [[17, 24], '\\u escapes, cut inside one', (s) => chars(s.aws, (c) => `\\u${hex4(c)}`).slice(0, -2)],
  [[17, 24], 'HTML entities, cut inside one', (s) => chars(s.aws, (c) => `&#${c};`).slice(0, -2)],
  [[17], '\\u in text of text', (s) => chars(s.aws, (c) => `\\u${hex4(c)}`)],
  [[17], 'HTML entities, decimal', (s) => chars(s.aws, (c) => `&#${c};`)],
  [[17], 'HTML entities, hex', (s) => chars(s.aws, (c) => `&#x${c.toString(16)};`)],
  [[17], 'base64 of UTF-16', (s) => Buffer.from(`key ${s.aws}`, 'utf16le').toString('base64')],
  [[17], 'zero-width spaces', (s) => [...s.aws].join('\u200b')],
  [
    [17],
    'soft hyphens and word joiners',
    (s) => `${s.github.slice(0, 9)}\u00ad${s.github.slice(9, 20)}\u2060${s.github.slice(20)}`,
  ],
  [[17], 'combining marks', (s) => [...s.aws].join('\u0323')],
  [[17], 'Unicode tags between the letters', (s) => [...s.aws].join('\u{e0041}')],
  [[17], 'bidirectional marks', (s) => `\u202e${[...s.aws].join('\u200f')}\u202c`],
  [[17], 'full width', (s) => chars(s.aws, (c) => String.fromCharCode(c + 0xfee0))],
  [
    [17],
    'mathematical letters',
    (s) => chars(s.aws, (c, char) => (/[A-Z]/.test(char) ? String.fromCodePoint(0x1d400 + c - 65) : char)),
  ],
  [
    [17],
    'Cyrillic and Greek look-alikes',
    (s) => s.aws.replace(/A/g, 'А').replace(/K/g, 'К').replace(/I/g, 'І'),
  ],
  [
    [17],
    'circled letters',
    (s) => chars(s.aws, (c, char) => (/[A-Z]/.test(char) ? String.fromCodePoint(0x24b6 + c - 65) : char)),
  ],
  [[17], 'spaces between the letters', (s) => [...s.aws].join(' ')],
  [[2, 17], 'reversed', (s) => [...s.aws].reverse().join('')],
  [[17], 'JSON in a string, eight deep', (s) => nest(`key ${s.aws}`, 8)],
  [[17], 'JSON in a string, nine deep', (s) => nest(`key ${s.aws}`, 9)],
  [[17], 'base64 of JSON in a string', (s) => JSON.stringify({ data: b64(JSON.stringify({ k: s.aws })) })],
  [[19], 'an inline pragma', (s) => `${s.aws} # gitleaks:allow nosec pragma: allowlist secret`],
  [[19], 'a placeholder that is none', (s) => `[masked:aws-access-key] ${s.aws} [hidden: listing]`],
  [[17, 31], 'a fake placeholder around it', (s) => `[masked:${s.aws}]`],
  [[24], 'a preview cut in the middle', (s) => `the key is ${s.aws.slice(0, 15)}`],
  [[24], 'a preview cut in the middle, with dots', (s) => `the key is ${s.aws.slice(0, 16)}...`],
  [
    [24],
    'JSON cut in the middle',
    (s) => `{"messages":[{"role":"user","content":"my key ${s.github.slice(0, 30)}`,
  ],
  [[24], 'a preview that begins in the middle', (s) => `…${s.aws.slice(8)} is what I use`],
  [[15], 'after a megabyte of text', (s) => `${'lorem ipsum '.repeat(90_000)} ${s.aws}`],
  [[24], 'a key of any name', (s) => ({ 'x-note': s.aws, prose: `and ${s.github}` })],
  [[17], 'a key of JSON', (s) => ({ [s.aws]: 1, [`a ${s.github}`]: { b: 2 } })],
  [[17], 'a dotted key', (s) => ({ [`llm.${s.aws}.x`]: 'a' })],
  [[17], 'a key in base64', (s) => ({ [b64(`key ${s.aws}`)]: true })],
  [
    [17],
    'a key/value list',
    (s) => ({
      attributes: [
        { key: 'customer_id', value: { string_value: s.customer } },
        { key: s.aws, value: { int_value: 1 } },
      ],
    }),
  ],
  [
    [17],
    'a hidden field under another case',
    (s) => ({ Customer_ID: `${s.aws}x`, CUSTOMER_ID: { a: [s.github] } }),
  ],
  [
    [24],
    'a hidden field that is an object of numbers',
    (s) => ({ customer_id: { n: [...s.customer.slice(5)].map(Number), t: s.customer } }),
  ],
  [[47], 'token deltas', (s) => ({ chunks: s.aws.match(/.{1,3}/g)!.map((delta) => ({ delta })) })],
  [
    [47],
    'token deltas with empty ones between',
    (s) => ({ chunks: s.aws.match(/.{1,3}/g)!.flatMap((delta) => [{ delta }, { delta: '' }]) }),
  ],
  [[47], 'deltas, one letter each', (s) => ({ content: [...`sk ${s.github}`] })],
  [
    [47],
    'deltas as JSON in strings',
    (s) => ({ chunks: s.aws.match(/.{1,4}/g)!.map((text) => JSON.stringify({ delta: { content: text } })) }),
  ],
  [
    [47],
    'adjacent spans',
    (s) => ({
      spans: [
        { name: 'a', output: `it ends in ${s.github.slice(0, 20)}` },
        { name: 'b', output: s.github.slice(20) },
      ],
    }),
  ],
  [
    [47],
    'a secret over two members',
    (s) => ({ first: `the key ${s.aws.slice(0, 12)}`, second: s.aws.slice(12) }),
  ],
  [[18], 'a string of escapes only', (s) => ({ a: `\n\t\\"${s.aws}\\"` })],
  [[19], 'Markdown and HTML', (s) => `<!-- ${s.aws} --><b>${s.aws.slice(0, 6)}<i></i>${s.aws.slice(6)}</b>`],
]

/** What still works, and what would end it. */
const KNOWN: Readonly<Record<string, string>> = {
  reversed:
    'only the writer of a trace can reverse what is in it; keywords spelt backwards in the automaton, and a view read from the end, would find it',
  'a preview that begins in the middle':
    'the tail of a credential without its beginning is like any other id; a memory of credentials seen whole, as keyed hashes of their tails, would know it',
  'a secret over two members':
    'members of different names are not read as one; every string would have to be read with its neighbour in the document',
  'Markdown and HTML': 'markup inside a word is not undone; a view without tags would see through it',
}

const raws: readonly (readonly [number[], string, (s: Secrets) => string])[] = [
  [[17], '\\u escapes of every letter', (s) => raw(s, `"${chars(s.aws, (c) => `\\u${hex4(c)}`)}"`)],
  [
    [17],
    'surrogate pairs of mathematical letters',
    (s) =>
      raw(
        s,
        `"${chars(s.aws, (c, char) => (/[A-Z]/.test(char) ? `\\ud835\\u${hex4(0xdc00 + c - 65)}` : char))}"`,
      ),
  ],
  [[17], 'escaped slashes', (s) => raw(s, `"\\/\\/${s.aws}\\/"`)],
  [[18], 'the same key twice', (s) => raw(s, `{"note":"nothing","note":"${s.aws}"}`)],
  [
    [18],
    'the same key twice, once escaped',
    (s) => raw(s, `{"customer_id":"x","custom\\u0065r_id":"${s.aws}"}`),
  ],
  [[18], 'a hidden key, escaped', (s) => raw(s, `{"custom\\u0065r_id":"7 ${s.aws}"}`)],
  [[18], 'deep nesting', (s) => raw(s, `${'['.repeat(2000)}"${s.aws}"${']'.repeat(2000)}`)],
  [[18], 'two documents', (s) => `{"trace":{"trace_id":"${s.id}"}}\n{"more":"${s.mark} ${s.aws}"}`],
  [[18], 'a comment', (s) => `/* ${s.aws} ${s.mark} */ {"trace":{"trace_id":"${s.id}"}}`],
  [[18], 'single quotes', (s) => `{'trace':'${s.aws} ${s.mark}'}`],
  [[18], 'a number with a secret after it', (s) => `{"trace":{"n":1${s.aws}}}`],
  [[18], 'a byte order mark', (s) => `\ufeff${raw(s, `"${s.aws}"`)}`],
  [[18], 'not JSON at all', (s) => `aws=${s.aws}\nmark=${s.mark}`],
  [[18], 'cut in a string', (s) => `{"trace":{"output":"${s.mark} ${s.aws}`],
  [[24], 'a card number as a number', (s) => raw(s, `[4111111111111111,"${s.aws}"]`)],
]

export const encodings: readonly Attack[] = [
  ...texts.map(
    ([rows, name, output]): Attack => ({
      rows,
      name,
      plant: (s) => trace(s, output(s)),
      ...(KNOWN[name] && { known: KNOWN[name] }),
    }),
  ),
  ...raws.map(([rows, name, body]): Attack => ({ rows, name: `raw: ${name}`, plant: body })),
  {
    rows: [24],
    name: 'a preview cut in what a custom rule knows',
    plant: (s) => trace(s, `it is customer ${s.customer.slice(0, 10)}`),
    steps: (s) => [
      {
        refused: false,
        act: async (house, me) => {
          const answer = await house.ask({ path: `/traces/${s.id}` }, me)
          if (answer.text.includes(s.customer.slice(0, 10))) throw new Error('all but one digit came through')
          return [answer]
        },
      },
    ],
    known:
      'patterns from config match whole values; a pattern for the beginning of each would have to be made from it',
  },
]

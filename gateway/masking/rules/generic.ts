import { type ContentRule, filler, looksPassword, looksSecret } from './rule.ts'

/** The forms that no one vendor owns: tokens, keys, passwords in URLs, headers and assignments. */
const NAMES =
  '(?:(?:api|access|secret|private|signing|encryption|auth|master)[_ -]?key|token|secret|credentials?)'
const PASSWORDS = ['password', 'passwd', 'passphrase', 'pwd']
const BETWEEN = '["\'\\\\]{0,4}\\s{0,4}(?:[:=]|=>|:=)\\s{0,4}["\'\\\\]{0,4}'
/** The ends of names, so that the automaton stays small; what stands before them is the pattern's business. */
const assigned = (ends: readonly string[]) => ends.flatMap((end) => [`${end}\\=`, `${end} =`, `${end} :`])
const WORD = { chars: 'A-Za-z0-9_-', max: 24, each: true }

export const generic: readonly ContentRule[] = [
  {
    name: 'private-key',
    title: 'Private key in PEM form',
    kind: 'credential',
    keywords: ['-----BEGIN ', '-----begin '],
    caseless: true,
    // A key cut short ends with the text, so the closing line is not required.
    pattern:
      '-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[^])*(?:-----END [A-Z0-9 ]{1,40}-----)?',
    join: true,
    examples: {
      match: [
        `-----BEGIN RSA PRIVATE KEY-----\n${filler(64)}\n-----END RSA PRIVATE KEY-----`,
        `-----BEGIN PRIVATE KEY-----\\n${filler(64)}`,
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${filler(70)}`,
      ],
      pass: ['-----BEGIN CERTIFICATE-----', '-----BEGIN PUBLIC KEY-----'],
    },
  },
  {
    name: 'gcp-service-account-key',
    title: 'Google Cloud service account private key id',
    kind: 'credential',
    keywords: ['private_key_id'],
    pattern: `private_key_id${BETWEEN}([a-f0-9]{40})`,
    examples: { match: [`"private_key_id": "${'0123456789'.repeat(4)}"`], pass: ['private_key_id is set'] },
  },
  {
    name: 'jwt',
    title: 'JSON Web Token',
    kind: 'credential',
    keywords: ['eyJ'],
    pattern: '(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\\.(?:eyJ)?[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*){0,3}',
    cut: '(?<![A-Za-z0-9_-])eyJ(?:hbGci|0eXAi|raWQi)[A-Za-z0-9_.-]*',
    join: true,
    examples: {
      match: [`eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.${filler(43)}`, 'ends in eyJhbGciOiJSUz'],
      pass: ['eyJ', 'eyJmb28iOiJiYXIifQ=='],
    },
  },
  {
    name: 'url-password',
    title: 'Password in a URL or connection string',
    kind: 'credential',
    keywords: ['://'],
    lead: { chars: 'A-Za-z0-9+.-', max: 24, each: true },
    pattern:
      '[A-Za-z][A-Za-z0-9+.-]{1,24}://[^\\s:/?#"\'<>@\\\\]{0,256}:([^\\s/"\'<>\\\\]{1,512})(?=@[A-Za-z0-9\\[_%-])',
    check: (secret) => !/^(?:\$|\{\{|<|\[masked)/.test(secret),
    examples: {
      match: [
        'postgres://app:s3cretTest@db.example/x',
        'https://user:pa%20ss@host',
        'redis://:testpass@cache:6379/0',
      ],
      pass: ['https://example.org:8080/a@b', 'postgres://app@db/x', 'https://u:${PW}@host'],
    },
  },
  {
    name: 'bearer-token',
    title: 'Token in an Authorization header',
    kind: 'credential',
    keywords: ['bearer ', 'bearer%20', 'bearer+'],
    caseless: true,
    pattern: 'bearer(?: {1,4}|%20|\\+)([A-Za-z0-9._~+/=-]{12,})',
    check: (secret) => /\d/.test(secret) || secret.length >= 24,
    join: true,
    examples: {
      match: [`Authorization: Bearer ${filler(32)}`],
      pass: ['the bearer of this letter', 'Bearer authentication', 'bearer <token>'],
    },
  },
  {
    name: 'basic-auth',
    title: 'Name and password in an Authorization header',
    kind: 'credential',
    keywords: ['basic '],
    caseless: true,
    pattern: 'basic {1,4}([A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/=])',
    check: (secret) => Buffer.from(secret, 'base64').toString('latin1').slice(1).includes(':'),
    examples: {
      match: ['authorization: Basic dGVzdDp0ZXN0MTIz'],
      pass: ['basic arithmetic', 'Basic authentication'],
    },
  },
  {
    name: 'secret-assignment',
    title: 'Secret given to a name: api_key=…, "client_secret": "…"',
    kind: 'credential',
    keywords: assigned([
      'key',
      'api key',
      'access key',
      'secret key',
      'token',
      'secret',
      'credential',
      'credentials',
    ]),
    caseless: true,
    lead: { ...WORD, starts: 'aspetcmASPETCM' },
    pattern: `${NAMES}${BETWEEN}([A-Za-z0-9_+/=.~!@#$%^&*?-]{8,512})`,
    check: looksSecret,
    examples: {
      match: ['api_key=Test1234Fake5678', '"client_secret": "8f7a-Test-91xQ"', "token: 'abcd1234efgh5678'"],
      pass: [
        'token: string',
        'max_tokens: 4096',
        'secret = os.environ["SECRET"]',
        'api_key=${API_KEY}',
        'token = get_token()',
      ],
    },
  },
  {
    name: 'password-assignment',
    title: 'Password given to a name: password=…',
    kind: 'credential',
    keywords: assigned(PASSWORDS),
    caseless: true,
    pattern: `(?:${PASSWORDS.join('|')})${BETWEEN}([^\\s"'\\\\,;&)\\]}<>]{4,256})`,
    check: (secret) => looksPassword(secret) && !/^[a-z_]+[.(]/i.test(secret),
    examples: {
      match: ['password=hunter2', '"password": "correct-horse"', 'PWD = s3cret!'],
      pass: ['password: <password>', 'password=***', 'password = getpass()', 'password: null'],
    },
  },
]

import type { ContentRule } from './rule.ts'

/** Identifiers and personal data; where a check digit exists it decides. */
export const personal: readonly ContentRule[] = [
  {
    name: 'email',
    title: 'E-mail address',
    kind: 'personal',
    keywords: ['@\\w'],
    lead: { chars: "A-Za-z0-9._%+'-", max: 64 },
    pattern: "[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\\.){1,8}[A-Za-z]{2,24}",
    join: true,
    examples: {
      match: ['write to ada.lovelace+test@mail.example.org, please', 'x@y.io'],
      pass: ['pytest@3', 'user@localhost', '@dataclass', 'git@', 'npm i tap@21.8.0'],
    },
  },
  {
    name: 'phone',
    title: 'Telephone number',
    kind: 'personal',
    keywords: [
      '+\\d',
      '(\\d\\d\\d)',
      '\\d\\d\\d-\\d\\d\\d-\\d',
      '\\d\\d\\d.\\d\\d\\d.\\d',
      '\\d\\d\\d \\d\\d\\d \\d',
      '00\\d\\d ',
    ],
    lead: { chars: '+(1 .-', max: 3, each: true },
    pattern:
      '(?:(?<![A-Za-z0-9+.])(?:\\+|00)[1-9][0-9]{0,2}[ .-]?(?:\\(0?[0-9]{1,4}\\)[ .-]?)?[0-9](?:[ .-]?[0-9]){5,13}|(?<![A-Za-z0-9.+-])(?:1[ .-]?)?(?:\\([2-9][0-9]{2}\\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4})(?![A-Za-z0-9]|[.-][0-9])',
    check: plausiblePhone,
    examples: {
      match: [
        '+49 30 901820',
        '+14155550123',
        '(415) 555-0123',
        '415-555-0123',
        'tel 415.555.0123',
        '+44 (0)20 7946 0958',
      ],
      pass: ['1+2', '2024-11-20', '192.168.100.200', '10 000 000', 'x+123456', '3.141.592.6535'],
    },
  },
  {
    name: 'payment-card',
    title: 'Payment card number',
    kind: 'personal',
    keywords: [
      '\\d\\d\\d\\d\\s\\d\\d\\d\\d\\s\\d\\d\\d\\d',
      '\\d\\d\\d\\d\\s\\d\\d\\d\\d\\d\\d\\s',
      '\\d\\d\\d\\d\\d\\d\\d\\d',
    ],
    lead: { chars: '0-9', max: 20, whole: true, starts: '2-6' },
    pattern: '(?<![0-9])(?<![0-9]\\.)[2-6](?:[ ./-]?[0-9]){12,18}(?![0-9]|\\.[0-9])',
    check: isCard,
    examples: {
      match: ['4111 1111 1111 1111', 'card 4111111111111111', '3782-822463-10005', '5555555555554444'],
      pass: ['4111 1111 1111 1112', '1700000000389411335', '20241120123456', '4000000000000000000000'],
    },
  },
  {
    name: 'iban',
    title: 'IBAN',
    kind: 'personal',
    keywords: ['\\d\\d\\d\\d\\d\\d\\d\\d', '\\d\\d\\d\\d \\d\\d\\d\\d'],
    lead: { chars: 'A-Z0-9 ', max: 30, each: true, starts: 'A-Z' },
    pattern: '(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])',
    check: ibanLength,
    examples: {
      match: ['IBAN DE89370400440532013000', 'GB82 WEST 1234 5698 7654 32 IS IT'],
      pass: ['DE00370400440532013000', 'AB12CDEFGHIJKLMNO'],
    },
  },
  {
    name: 'us-ssn',
    title: 'US social security number',
    kind: 'personal',
    keywords: ['\\d\\d\\d\\s\\d\\d\\s\\d\\d\\d\\d'],
    pattern:
      '(?<![0-9A-Za-z-])(?!000|666|9)[0-9]{3}(?:-(?!00)[0-9]{2}-| (?!00)[0-9]{2} )(?!0000)[0-9]{4}(?![0-9A-Za-z]|[-.][0-9])',
    examples: {
      match: ['SSN 123-45-6789.', '219 09 9999'],
      pass: ['000-12-3456', '123-45-67890', '666-12-3456', '192.16.1234'],
    },
  },
]

/** Seven to fifteen digits (ITU-T E.164), not all the same. */
function plausiblePhone(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  return digits.length >= 8 && digits.length <= 15 && !/^(\d)\1+$/.test(digits)
}

/** ISO/IEC 7812: issuer ranges in use, and the Luhn check digit. */
export function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  if (digits.length < 13 || digits.length > 19) return false
  if (!/^(?:4|5[0-9]|2[2-7]|3[0-9]|6)/.test(digits) || /^(\d)\1+$/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48
    if (i % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2
    sum += digit
  }
  return sum % 10 === 0
}

/** Lengths by country from the ISO 13616 registry. */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** How much of a match is an IBAN: words in capitals may follow it. */
function ibanLength(text: string): number {
  let seen = 0
  const wanted = IBAN_LENGTHS[text.slice(0, 2)] ?? Number.POSITIVE_INFINITY
  for (let i = 0; i < text.length; i++)
    if (text[i] !== ' ' && ++seen === wanted) return isIban(text.slice(0, i + 1)) ? i + 1 : 0
  return 0
}

/** ISO 13616: the country's length, and 1 modulo 97 after moving the first four characters to the end. */
export function isIban(text: string): boolean {
  const compact = text.replace(/ /g, '')
  const length = IBAN_LENGTHS[compact.slice(0, 2)]
  if (length === undefined || compact.length !== length) return false
  let rest = 0
  for (const c of compact.slice(4) + compact.slice(0, 4)) {
    const value = c >= 'A' ? c.charCodeAt(0) - 55 : c.charCodeAt(0) - 48
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

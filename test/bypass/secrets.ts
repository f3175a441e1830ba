import { createHash } from 'node:crypto'
import type { Secrets } from './attack.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Secrets of one attack: the same each time, and unlike anybody else's. Visibly made from parts. */
export function secretsOf(name: string, id: string): Secrets {
  const draw = (kind: string, alphabet: string, length: number) =>
    [...createHash('sha512').update(`${kind} ${name}`).digest().subarray(0, length)]
      .map((byte) => alphabet[byte % alphabet.length])
      .join('')
  return {
    id,
    aws: `AK${'IA'}${draw('aws', BASE32, 16)}`,
    github: `gh${'p_'}${draw('github', BASE36, 36)}`,
    customer: `CUST-${draw('customer', '0123456789', 6)}`,
    mark: `mark${draw('mark', BASE36, 24)}`,
  }
}

/** The parts that nobody could guess: what is looked for. */
export const cores = ({ aws, github, customer }: Secrets): string[] => [
  aws.slice(4),
  github.slice(4),
  customer,
]

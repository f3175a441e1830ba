import type { Decoy } from './decoy.ts'

/** A short run of an agent, as the traces of one are: question, thought, a tool and what it said, answer. */
export interface Story {
  question: string
  system: string
  thought: string
  tool: { name: string; input: string; output: string }
  answer: string
}

const OPENINGS = [
  (about: string) => `Summarise where we stand with ${about} and list what is still open.`,
  (about: string) => `I need the numbers for ${about} again. Where did we put them?`,
  (about: string) => `Prepare a short note on ${about} for Monday, for the board only.`,
] as const
const TOOLS = ['search_documents', 'query_reports', 'read_share'] as const

/** What the decoy tells. Its bait stands in it by its stand-in, away from words that a content rule listens to. */
export function storyOf(decoy: Decoy): Story {
  const { about, bait } = decoy
  const pick = <T>(purpose: string, of: readonly T[]): T => of[decoy.bytes(purpose, 1)[0]! % of.length]!
  const aside = bait ? ` The connection they left in the notes is ${bait.standIn} and it still works.` : ''
  return {
    question: pick('question', OPENINGS)(about),
    system:
      'You are the internal assistant of the finance and people team. Answer from the documents you find.',
    thought: `The user asks about ${about}. I should look into the restricted folder first.${aside} I will read the latest version and keep the names out of the answer.`,
    tool: {
      name: pick('tool', TOOLS),
      input: `latest version of ${about}`,
      output: `3 documents found on ${about}; the newest is a draft with open comments.`,
    },
    answer: `Two items on ${about} are still open: the list of people concerned, and the date of the announcement. Both wait for the board.`,
  }
}

/** The bait in its place, once everything around it is masked. `bytes` is what would be released. */
export function baited(bytes: Uint8Array, decoys: readonly Decoy[]): Uint8Array {
  let text: string | undefined
  for (const { bait } of decoys) {
    if (!bait || !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(bait.standIn))
      continue
    text = (text ?? Buffer.from(bytes).toString('utf8')).replaceAll(bait.standIn, bait.value)
  }
  return text === undefined ? bytes : Buffer.from(text)
}

import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { iso } from '../../../../core/clock.ts'
import type { Decoy } from '../../../decoys/decoy.ts'
import { storyOf } from '../../../decoys/story.ts'

/** A decoy as an object of a bucket, in the format that its name promises. */
export interface DecoyObject {
  decoy: Decoy
  bucket: string
  key: string
  body: Buffer
  etag: string
}

/** Endings of keys that a decoy may have, without `.gz`. */
const ENDINGS = ['json', 'jsonl', 'ndjson', 'csv'] as const

export function objectOf(decoy: Decoy): DecoyObject {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(decoy.id) ?? []
  const plain = Buffer.from(textOf(decoy, key.replace(/\.gz$/, '')))
  const body = key.endsWith('.gz') ? gzipSync(plain) : plain
  return { decoy, bucket, key, body, etag: `"${createHash('md5').update(body).digest('hex')}"` }
}

function textOf(decoy: Decoy, key: string): string {
  const { question, system, thought, tool, answer } = storyOf(decoy)
  const trace_id = decoy.bytes('trace', 16).toString('hex')
  const at = (ms: number) => iso(decoy.time + ms)
  const steps = [
    { time: at(0), type: 'question', text: question },
    { time: at(900), type: 'thought', text: thought },
    { time: at(2_400), type: tool.name, text: tool.output },
    { time: at(4_100), type: 'answer', text: answer },
  ]
  switch (ENDINGS.find((ending) => key.endsWith(`.${ending}`))) {
    case 'jsonl':
    case 'ndjson':
      return steps.map((step) => `${JSON.stringify({ trace_id, ...step })}\n`).join('')
    case 'csv':
      return ['trace_id,time,type,text', ...steps.map((s) => `${trace_id},${s.time},${s.type},"${s.text}"`)]
        .map((row) => `${row}\n`)
        .join('')
    default:
      return `${JSON.stringify({ trace_id, time: at(0), system, steps })}\n`
  }
}

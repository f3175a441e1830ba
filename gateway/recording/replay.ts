import { CodedError } from '../../core/errors.ts'
import { fail } from './errors.ts'
import { prettyJson } from './pretty.ts'
import type { Frame, Recorder, Recording } from './recording.ts'

/** One exchange as the client saw it; a long body comes in several steps. */
export interface ReplayStep {
  /** ms since epoch, of the request. */
  at: number
  request: string
  method?: string
  path?: string
  /** What the client sent as a body, if it is text. */
  sent?: string
  status?: number
  /** Media type of the answer. */
  type?: string
  /** Text of the answer, JSON indented; absent for binary bodies and empty ones. */
  text?: string
  /** Of the answer's body in this step, as the client got it. */
  bytes: number
  /** From 1, where a body is shown in several steps. */
  part?: number
  /** Why this step, or the recording after it, is not whole. */
  problem?: string
}

export type BodyKind = 'json' | 'ndjson' | 'text'

/** Masks one body in the order of its bytes: what the masking engine's `Masker` does. */
export interface Remask {
  push(chunk: Uint8Array): Uint8Array
  end(): Uint8Array
}

/** A body is shown in steps of about this many bytes. */
const PART = 8 * 1024 ** 2
/** Longer JSON is shown as it came. */
const PRETTY = 1024 ** 2

/**
 * The steps of a recorded session, in the order in which the client had them whole. What `remask` makes of a body is
 * shown; without it, the body as recorded.
 * @throws TW_RECORDING_NONE
 */
export async function replay(
  recorder: Recorder,
  session: string,
  remask?: (kind: BodyKind) => Remask,
): Promise<Omit<Recording, 'frames'> & { steps: AsyncIterable<ReplayStep> }> {
  const recording = await recorder.read(session)
  if (!recording) throw fail('TW_RECORDING_NONE')
  const { frames, ...about } = recording
  return { ...about, steps: stepsOf(frames, remask ?? (() => PLAIN)) }
}

const EMPTY = new Uint8Array()
const PLAIN: Remask = { push: (chunk) => chunk, end: () => EMPTY }

async function* stepsOf(
  frames: AsyncIterable<Frame>,
  remask: (kind: BodyKind) => Remask,
): AsyncGenerator<ReplayStep> {
  const open = new Map<string, Exchange>()
  let damage: string | undefined
  try {
    for await (const frame of frames) {
      const exchange = open.get(frame.request) ?? new Exchange(frame, remask)
      open.set(frame.request, exchange)
      const step = exchange.take(frame)
      if (step) yield step
      if (frame.kind === 'end') open.delete(frame.request)
    }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    damage = error.message
  }
  for (const exchange of open.values()) yield exchange.cut(damage)
  if (damage !== undefined && open.size === 0) yield { at: 0, request: '', bytes: 0, problem: damage }
}

/** One request and its answer, as far as they have been read. */
class Exchange {
  readonly #remask: (kind: BodyKind) => Remask
  readonly #about: Omit<ReplayStep, 'bytes'>
  /** Keeps what a step cuts off of a character for the next one. */
  readonly #decoder = new TextDecoder()
  #kind: BodyKind | undefined
  #body: Remask | undefined
  #shown: Uint8Array[] = []
  #size = 0
  #bytes = 0
  #parts = 0
  #problem: string | undefined

  constructor({ at, request }: Frame, remask: (kind: BodyKind) => Remask) {
    this.#remask = remask
    this.#about = { at, request }
  }

  /** The step that is complete with this frame, if one is. */
  take(frame: Frame): ReplayStep | undefined {
    const meta = frame.meta ?? {}
    if (frame.kind === 'request') {
      if (meta.method !== undefined) this.#about.method = String(meta.method)
      if (meta.path !== undefined) this.#about.path = this.#text(String(meta.path))
      const sent = frame.data ? Buffer.from(frame.data).toString('utf8') : ''
      if (sent !== '' && !/[\0\ufffd]/.test(sent)) this.#about.sent = this.#text(sent)
    } else if (frame.kind === 'response') {
      if (typeof meta.status === 'number') this.#about.status = meta.status
      if (meta.type !== undefined) this.#about.type = String(meta.type)
      this.#kind = kindOf(this.#about.type ?? '')
      if (this.#kind) this.#body = this.#remask(this.#kind)
    } else if (frame.kind === 'body' && frame.data) {
      this.#bytes += frame.data.length
      const data = frame.data
      this.#show((body) => body.push(data))
      if (this.#size >= PART) return this.#step(true)
    } else if (frame.kind === 'end') {
      this.#show((body) => body.end())
      return this.#step(false)
    }
    return undefined
  }

  /** The recording ended before this exchange did. What the engine still holds back is not shown. */
  cut(damage: string | undefined): ReplayStep {
    this.#problem ??= damage ?? 'The client did not get the whole of this answer, or it is still on its way.'
    return this.#step(false)
  }

  #show(act: (body: Remask) => Uint8Array): void {
    if (!this.#body) return
    try {
      const out = act(this.#body)
      if (out.length === 0) return
      this.#shown.push(out)
      this.#size += out.length
    } catch (error) {
      // What cannot be judged under the policy of now is withheld, as it would be at a door.
      this.#body = undefined
      this.#problem = `Withheld from here on: ${error instanceof CodedError ? error.message : 'it cannot be masked again.'}`
    }
  }

  #step(more: boolean): ReplayStep {
    const text = this.#decoder.decode(Buffer.concat(this.#shown), { stream: more })
    const whole = !more && this.#parts === 0
    if (more || this.#parts > 0) this.#parts++
    const step: ReplayStep = {
      ...this.#about,
      bytes: this.#bytes,
      ...(text === ''
        ? {}
        : { text: this.#kind === 'json' && whole && text.length <= PRETTY ? prettyJson(text) : text }),
      ...(this.#parts > 0 ? { part: this.#parts } : {}),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    }
    this.#shown = []
    this.#size = 0
    this.#bytes = 0
    return step
  }

  #text(text: string): string {
    const remask = this.#remask('text')
    try {
      return Buffer.concat([remask.push(Buffer.from(text)), remask.end()]).toString('utf8')
    } catch {
      return '[withheld]'
    }
  }
}

/** How a media type is masked and shown; undefined for what is no text. */
export function kindOf(type: string): BodyKind | undefined {
  const media = type.split(';', 1)[0]!.trim().toLowerCase()
  if (/^application\/(x-ndjson|ndjson|jsonl|x-jsonlines)$/.test(media)) return 'ndjson'
  if (/[/+]json$/.test(media)) return 'json'
  if (
    /^(text|multipart)\/|[/+](xml|yaml|javascript|graphql)$|^application\/x-www-form-urlencoded$/.test(media)
  )
    return 'text'
  return undefined
}

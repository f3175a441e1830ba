/**
 * The bypass corpus. An *attack* is one entry of data: what somebody tries, and what is *planted* for them to find. It
 * *leaks* if a planted secret reaches them in any encoding, or a log, event or recording; if content is shown that no
 * event counts; if an answer that must be a refusal is none; or if two guesses, one true and one false, are answered
 * differently. An *honest query* is what users do all day: a *false refusal* is one that does not pass.
 */
export type DoorName = 'traces' | 'mirror' | 'mlflow' | 'phoenix' | 'console' | Further
/** Stores whose profiles came later. Elasticsearch is a real one, where it can be had. */
export type Further = 'langfuse' | 'jaeger' | 'tempo' | 'mcp' | 'elasticsearch'

/** One request. `as`: `me` is a person that only this attack has; `nobody` sends no credential. */
export interface Ask {
  door?: DoorName
  as?: 'me' | 'colleague' | 'reviewer' | 'auditor' | 'admin' | 'nobody'
  method?: string
  /** As it goes on the wire. */
  path: string
  headers?: Record<string, string | string[]>
  /** An object goes as JSON. */
  body?: string | object
}

export interface Answer {
  status: number
  statusText: string
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  text: string
}

/** What the planted store sends. */
export interface Reply {
  status?: number
  headers?: Record<string, string | string[]>
  /** Sent one after the other; an object goes as JSON. */
  chunks: readonly (string | Buffer)[]
}

/** Of one attack: none of these is in anybody else's. */
export interface Secrets {
  /** Of the attack's own trace: `/traces/<id>`. */
  id: string
  /** Credentials in documented formats, without punctuation. */
  aws: string
  github: string
  /** What a custom rule knows. */
  customer: string
  /** Words that no rule knows: content, which counted reads may show and listings may not. */
  mark: string
}

export type Expect = 'refused' | 'passed'

/** What an act can do beside asking. Answers it gives back are searched like any other. */
export type Act = (house: import('./house.ts').House, me: import('./house.ts').Player) => Promise<Answer[]>

export type Step =
  | { ask: Ask; expect?: Expect; times?: number; together?: boolean }
  /** Bytes as they are; `{token}` and `{host}` are filled in. The store must not be reached. */
  | { raw: string | Buffer; door?: DoorName; unseen?: boolean }
  /** A true and a false guess. */
  | { oracle: readonly [Ask, Ask] }
  /** Answers, of which `at most` this many may be a success. */
  | { act: Act; refused?: boolean }

export interface Attack {
  /** Of the table in docs/bypass-techniques.md. */
  rows: readonly number[]
  name: string
  /** What `/traces/<id>` (and everything with this id in its path) answers. */
  plant?: (secrets: Secrets) => Reply | object | string
  /** Without steps: read what was planted. */
  steps?: readonly Step[] | ((secrets: Secrets) => readonly Step[])
  /** A store without which it cannot be tried. */
  needs?: DoorName
  /** Why it still works, and what would end it. */
  known?: string
}

export interface Honest {
  name: string
  steps:
    | readonly Ask[]
    | ((house: import('./house.ts').House, me: import('./house.ts').Player) => Promise<Answer[]>)
  needs?: DoorName
  /** Something the last answer must hold. */
  holds?: RegExp
}

export const reply = (chunks: Reply['chunks'], headers: Reply['headers'] = {}, status = 200): Reply => ({
  status,
  headers,
  chunks,
})

/** Type bytes of messages, by who sends them and the names PostgreSQL's documentation gives them. */
const code = (letter: string) => letter.charCodeAt(0)

export const FRONTEND = {
  bind: code('B'),
  close: code('C'),
  copyData: code('d'),
  copyDone: code('c'),
  copyFail: code('f'),
  describe: code('D'),
  execute: code('E'),
  flush: code('H'),
  functionCall: code('F'),
  parse: code('P'),
  password: code('p'),
  query: code('Q'),
  sync: code('S'),
  terminate: code('X'),
} as const

export const BACKEND = {
  authentication: code('R'),
  backendKeyData: code('K'),
  bindComplete: code('2'),
  closeComplete: code('3'),
  commandComplete: code('C'),
  copyBoth: code('W'),
  copyData: code('d'),
  copyDone: code('c'),
  copyIn: code('G'),
  copyOut: code('H'),
  dataRow: code('D'),
  emptyQuery: code('I'),
  error: code('E'),
  functionResult: code('V'),
  negotiate: code('v'),
  noData: code('n'),
  notice: code('N'),
  notification: code('A'),
  parameterDescription: code('t'),
  parameterStatus: code('S'),
  parseComplete: code('1'),
  portalSuspended: code('s'),
  ready: code('Z'),
  rowDescription: code('T'),
} as const

const frontend: ReadonlySet<number> = new Set(Object.values(FRONTEND))
const backend: ReadonlySet<number> = new Set(Object.values(BACKEND))

export const isFrontend = (type: number): boolean => frontend.has(type)
export const isBackend = (type: number): boolean => backend.has(type)

/** OIDs of built-in types whose cells the door looks into. */
export const TYPE = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  xml: 142,
  float4: 700,
  float8: 701,
  unknown: 705,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  uuid: 2950,
  jsonb: 3802,
} as const

/** Types that are text in both formats. */
const TEXTS: ReadonlySet<number> = new Set([
  TYPE.text,
  TYPE.varchar,
  TYPE.bpchar,
  TYPE.name,
  TYPE.unknown,
  TYPE.xml,
])
export const isText = (type: number): boolean => TEXTS.has(type)
export const isJson = (type: number): boolean => type === TYPE.json || type === TYPE.jsonb

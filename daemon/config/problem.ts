/** What is wrong with a config, and where: what `check` prints and a refused reload logs. */
export interface Problem {
  file: string
  /** 1-based; 0 where it concerns the whole file. */
  line: number
  column: number
  /** `connections[0].listen` */
  path: string
  message: string
}

export const formatProblem = (problem: Problem): string =>
  `${problem.file}:${problem.line}:${problem.column}: ${problem.path ? `${problem.path}: ` : ''}${problem.message}`

/** `['connections', 0, 'listen']` → `connections[0].listen`. */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
    '',
  )

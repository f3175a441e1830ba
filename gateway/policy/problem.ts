/** What is wrong with a config, and where in it; the daemon turns the path into file and line. */
export interface Problem {
  /** `['policy', 'rules', 0, 'when']` */
  path: readonly PropertyKey[]
  message: string
}

import { spawnSync } from 'node:child_process'

/**
 * The user as whom PostgreSQL runs, where root starts it: made once, before files that each would make it run side by
 * side. Apart from postgres.ts, whose library ends any process that imports it with 0.
 */
export function preparePostgres(): void {
  if (process.getuid?.() !== 0 || spawnSync('id', ['-u', 'postgres']).status === 0) return
  spawnSync('groupadd', ['postgres'])
  spawnSync('useradd', ['-g', 'postgres', 'postgres'])
}

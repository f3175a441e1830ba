import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { corpus } from './corpus/index.ts'
import { run } from './engine.ts'
import { honest } from './honest.ts'
import { summary } from './summary.ts'

/** `npm run test:bypass`. */
const directory = mkdtempSync(join(tmpdir(), 'tracewarden-bypass-'))
try {
  const report = await run(corpus, honest, directory)
  const { lines, ok } = summary(report)
  for (const line of lines) process.stdout.write(`${line}\n`)
  process.exitCode = ok ? 0 : 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}

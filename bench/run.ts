/** `npm run bench [-- --json] [NAME…]`: every benchmark whose file name begins with one of the names; all by default. */
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import type { BenchRow } from './row.ts'

const args = process.argv.slice(2)
const json = args.includes('--json')
const wanted = args.filter((arg) => !arg.startsWith('--'))
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && name !== 'run.ts' && name !== 'row.ts')
  .filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)))

const format = (n: number) => (n >= 100 ? Math.round(n).toLocaleString('en') : n.toPrecision(3))
if (!json)
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} cores\n\n${'benchmark'.padEnd(34)}${'value'.padStart(12)} ${'unit'.padEnd(12)}versus\n`,
  )
for (const file of files) {
  const module = (await import(`./${file}`)) as { run?: () => Promise<BenchRow[]> }
  if (!module.run) continue
  for (const row of await module.run()) {
    if (json) process.stdout.write(`${JSON.stringify(row)}\n`)
    else {
      const versus = row.versus ? `${row.ratio?.toFixed(2) ?? '?'} of ${row.versus}` : ''
      process.stdout.write(
        `${row.name.padEnd(34)}${format(row.value).padStart(12)} ${row.unit.padEnd(12)}${versus}\n`,
      )
    }
  }
}

import { draft, spoolIn } from './support.ts'

// Appends for ever and says what may be released; killed by the test that started it.
const spool = await spoolIn(process.argv[2]!, { segment: '16KiB' })
for (let i = 0; ; i++) {
  const appended = await spool.append([draft(`child ${i} ${'x'.repeat(i % 700)}`), draft('second')])
  process.stdout.write(`${appended.map(({ event }) => event.event.id).join('\n')}\n`)
}

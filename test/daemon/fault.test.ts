import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import t from 'tap'

const RUN = resolve(import.meta.dirname, '../../daemon/run.ts')
const LOG = resolve(import.meta.dirname, '../../core/log.ts')

t.test('a fault that nobody caught is logged, and the process ends with 1', async (t) => {
  for (const fault of [
    `Promise.reject(new Error('of the test'))`,
    `setImmediate(() => { throw new Error('of the test') })`,
  ]) {
    const script = `
      const { endOnFault } = await import(${JSON.stringify(RUN)})
      const { createLogger } = await import(${JSON.stringify(LOG)})
      endOnFault(createLogger('info'))
      setInterval(() => {}, 1000)
      ${fault}`
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script])
    let err = ''
    child.stderr.on('data', (chunk) => (err += chunk))
    const [code] = await once(child, 'close')
    t.equal(code, 1)
    const line = err.split('\n').find((each) => each.includes('of the test')) ?? ''
    t.match(JSON.parse(line), { level: 60, err: { message: 'of the test' } })
  }
})

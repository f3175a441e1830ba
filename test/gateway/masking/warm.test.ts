import t from 'tap'
import { warmMasking } from '../../../gateway/masking/compile.ts'
import { compiled, mask, plan } from './setup.ts'

t.test('a machine without WebAssembly learns at the start what to do', (t) => {
  const known = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')
  t.teardown(() => known && Object.defineProperty(globalThis, 'WebAssembly', known))
  Object.defineProperty(globalThis, 'WebAssembly', { value: undefined, configurable: true })
  t.throws(() => warmMasking(compiled()), { code: 'TW_MASK_NO_SIMD', hint: /SSE4\.1/ })
  t.end()
})

t.test('what is warm masks as what is not', (t) => {
  const body = { note: `use ${'AKIA' + 'TESTTESTTESTTEST'} for the bucket` }
  const warm = compiled()
  warmMasking(warm)
  const { text } = mask(body, plan({ masking: warm }))
  t.notMatch(text, /AKIA/)
  t.equal(text, mask(body, plan({ masking: compiled() })).text)
  t.end()
})

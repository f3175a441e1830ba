import t from 'tap'
import { size, sizeText } from '../../core/units.ts'

t.test('bytes are said in units that config reads back', async (t) => {
  for (const [bytes, text] of [
    [0, '0B'],
    [1023, '1023B'],
    [1024, '1KiB'],
    [1_610_612_736, '1.5GiB'],
  ] as const) {
    t.equal(sizeText(bytes), text)
    t.equal(size().parse(text), bytes)
  }
  t.equal(sizeText(1_500_000), '1.4MiB')
})

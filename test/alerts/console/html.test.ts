import t from 'tap'
import { html } from '../../../alerts/console/html.ts'
import fc from '../../support/properties.ts'
import { strange } from './strange.ts'

t.test('html: what is put in comes out as the same text, and never as markup', async (t) => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '=', '/', 'a', ' ', '`', '\u202e', '\u0000', '\ud800'),
    }),
  )
  const read = (text: string) =>
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&')
  fc.assert(
    fc.property(anything, (text) => {
      const { text: out } = html`<p title="${text}">${[text]}</p>`
      const [, title = '', body = ''] = /^<p title="([^"<>']*)">([^"<>']*)<\/p>$/s.exec(out) ?? []
      const plain = read(body)
      return (
        title === body &&
        plain.length <= text.length &&
        [...plain].every((c, i) => c === '\ufffd' || c === [...text][i]) &&
        Buffer.from(out).toString() === out
      )
    }),
  )
  t.equal(html`${'a<b & "c"'}`.text, 'a&lt;b &amp; &quot;c&quot;')
  t.equal(html`${html`<b>${'<'}</b>`}`.text, '<b>&lt;</b>')
})

t.test('the look for strange things finds them', async (t) => {
  for (const bad of [
    '<script>x</script>',
    '<p onclick="x">',
    '<a href="javascript:x">',
    '<i>',
    '\u202e',
    '<a href="//x">',
  ])
    t.not(strange(bad).length, 0, bad)
  t.strictSame(strange('<p class="a">&lt;i&gt;</p>'), [])
})

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { generatedPages } from '../daemon/docs/pages.ts'

const docs = resolve(import.meta.dirname, '../docs')

t.test('pages made from the code are what the code says; `npm run docs` mends them', async (t) => {
  for (const [name, text] of Object.entries(generatedPages()))
    t.equal(readFileSync(join(docs, name), 'utf8'), text, name)
})

t.test('links between pages lead somewhere', async (t) => {
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  )
  const broken: string[] = []
  for (const page of [...pages.map((name) => join('docs', name)), 'README.md']) {
    const text = readFileSync(resolve(docs, '..', page), 'utf8')
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const file = resolve(docs, '..', page, '..', target!)
      try {
        readFileSync(file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EISDIR') broken.push(`${page} → ${target}`)
      }
    }
  }
  t.strictSame(broken, [])
})

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'

/** The walls of the house: which room may know which, and through which door. */
const ROOMS = ['core', 'collector', 'gateway', 'detectors', 'alerts', 'daemon', 'fixtures'] as const
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  collector: ['core'],
  gateway: ['core', 'collector'],
  detectors: ['core', 'collector'],
  alerts: ['core', 'collector', 'gateway', 'detectors'],
  fixtures: ['core', 'collector', 'gateway', 'detectors'],
  daemon: ['core', 'collector', 'gateway', 'detectors', 'alerts', 'fixtures'],
}
/** Vendor packages stay inside the folder of their adapter. */
const VENDORS: Readonly<Record<string, string>> = {
  '@elastic/elasticsearch': 'collector/store/elasticsearch/',
  libsql: 'collector/store/embedded/',
  'libpg-query': 'gateway/doors/postgres/statement/parser/',
  'pgsql-deparser': 'gateway/doors/postgres/statement/parser/',
  '@slack/': 'alerts/slack/',
  'openid-client': 'gateway/identity/oidc/',
  '@node-saml/': 'gateway/identity/saml/',
  'fast-xml-parser': 'gateway/doors/s3/xml/',
  hyparquet: 'gateway/doors/s3/formats/parquet/',
}

const root = resolve(import.meta.dirname, '..')
const files = ROOMS.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${room}/${name}`),
)
const importsOf = (file: string) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1]!,
  )

t.test('rooms import each other only through port.ts, and only downwards', async (t) => {
  t.ok(files.length > 20, 'the rooms were found')
  const wrong: string[] = []
  for (const file of files) {
    const room = file.split('/')[0]!
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) continue
      const target = relative(root, resolve(root, dirname(file), specifier))
      const other = target.split('/')[0]!
      if (other === room) continue
      if (!MAY_IMPORT[room]!.includes(other)) wrong.push(`${file} may not know ${other} (${specifier})`)
      else if (other !== 'core' && target !== `${other}/port.ts`)
        wrong.push(`${file} enters ${other} by ${target}, not by its port`)
    }
  }
  t.strictSame(wrong, [])
})

t.test('vendor types stay in their adapter', async (t) => {
  const wrong: string[] = []
  for (const file of files)
    for (const specifier of importsOf(file))
      for (const [vendor, home] of Object.entries(VENDORS))
        if (specifier === vendor || (vendor.endsWith('/') && specifier.startsWith(vendor)))
          if (!file.startsWith(home)) wrong.push(`${file} imports ${specifier}, which belongs to ${home}`)
  t.strictSame(wrong, [])
})

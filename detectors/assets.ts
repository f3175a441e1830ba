/** What collections are worth, by name or glob (`*` is any text). */
export type Assets = Readonly<Record<string, number>>

const pattern = (glob: string) =>
  new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'su')

/** The weight of a finding: that of the most valuable collection it touches, 1 where none is known. */
export function assetWeight(assets: Assets): (collections: unknown) => number {
  const patterns = Object.entries(assets).map(([glob, weight]) => ({ glob, pattern: pattern(glob), weight }))
  const of = (collection: string) =>
    assets[collection] ?? patterns.find((one) => one.pattern.test(collection))?.weight ?? 1
  return (collections) => {
    const names = Array.isArray(collections) ? collections.filter((name) => typeof name === 'string') : []
    return names.length === 0 || patterns.length === 0 ? 1 : Math.max(...names.map(of))
  }
}

/** What a process does. All roles in one by default; the same program splits by `--roles`. */
export const ALL_ROLES = ['gateway', 'collector', 'detectors', 'alerts'] as const
export type Role = (typeof ALL_ROLES)[number]

/** `gateway,collector` → roles; undefined if one is unknown. */
export function parseRoles(text: string): readonly Role[] | undefined {
  const names = text.split(',').map((name) => name.trim())
  const known = ALL_ROLES.filter((role) => names.includes(role))
  return known.length === new Set(names).size ? known : undefined
}

/**
 * Users are hashed into partitions, and each process detects for the partitions it holds. So many that a few processes
 * share them evenly, so few that a checkpoint of each is cheap.
 */
export const PARTITIONS = 32

/** FNV-1a of what the engine keeps of a user's id, mixed: the same on every machine, for ever. */
export function partitionOf(user: string): number {
  let h = 0x811c9dc5
  const end = Math.min(user.length, 256)
  for (let i = 0; i < end; i++) h = Math.imul(h ^ user.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return ((h ^ (h >>> 13)) >>> 0) % PARTITIONS
}

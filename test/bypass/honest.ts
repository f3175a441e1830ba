import type { Honest } from './attack.ts'

export const honest: readonly Honest[] = [
  { name: 'the projects', steps: [{ path: '/projects' }], holds: /support-assistant/ },
]

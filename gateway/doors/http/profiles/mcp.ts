import type { McpOptions } from '../../../config.ts'
import type { Profile } from '../profile.ts'
import { examplesAt } from './mcp/examples.ts'
import { mcpRoutes } from './mcp/messages.ts'
import { configured } from './mcp/tools.ts'

/** Any Model Context Protocol server over streamable HTTP. Its clients wait 60 s for a tool. */
export const mcpProfile = (options: McpOptions): Profile => ({
  name: 'mcp',
  title: 'Model Context Protocol',
  hold: 25_000,
  routes: mcpRoutes(options.path, 'mcp', configured(options)),
  examples: examplesAt(options.path),
})

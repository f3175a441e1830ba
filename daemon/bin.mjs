#!/usr/bin/env node
// Runs the TypeScript sources; nothing is built.
import { register } from 'tsx/esm/api'

register()
await import('./main.ts')

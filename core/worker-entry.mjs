// The first module of a worker thread in a clone: Node does not run a parent's tsx in its threads, so it is put in here.
import { register } from 'tsx/esm/api'

register()
await import(process.argv[2])

import { setFlagsFromString } from 'node:v8'

/**
 * Lets each thread collect its own young garbage alone, in the whole process from here on. By default V8 shares that
 * work with helper threads and waits for the last of them: where the cores are busy, the event loop slept tens of
 * milliseconds for a helper that got none of them, to be spared one or two of work.
 */
export const collectAlone = (): void => setFlagsFromString('--no-parallel-scavenge')

import { linkSync, rmSync, writeFileSync } from 'node:fs'

/** A key file that is not what it should be. */
export class KeyError extends Error {
  readonly file: string
  constructor(file: string, reason: string, cause?: unknown) {
    super(`${file}: ${reason}`, cause === undefined ? undefined : { cause })
    this.name = 'KeyError'
    this.file = file
  }
}

/** Makes a file whole or not at all; where another process was faster, that process's file stays. */
export function createOnce(file: string, content: string | Buffer, mode: number): void {
  const fresh = `${file}.${process.pid}.new`
  writeFileSync(fresh, content, { mode })
  try {
    linkSync(fresh, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(fresh, { force: true })
  }
}

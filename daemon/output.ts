/** Data goes to standard output, messages to standard error, so that pipes stay clean. */
export const data = (text: string): void => void process.stdout.write(`${text}\n`)
export const message = (text: string): void => void process.stderr.write(`${text}\n`)
export const jsonLine = (value: unknown): void => data(JSON.stringify(value))

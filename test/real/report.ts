/** What was checked, said as it happens: `ok`, `NOT OK`, `NOT RUN <part>: <the one line that would get it>`. */
export class Report {
  passed = 0
  failed = 0
  notRun = 0

  check(sentence: string, holds: boolean, detail = ''): void {
    if (holds) this.passed++
    else this.failed++
    this.#say(holds ? `ok      ${sentence}` : `NOT OK  ${sentence}${detail && `: ${detail}`}`)
  }

  skip(part: string, how: string): void {
    this.notRun++
    this.#say(`NOT RUN ${part}: ${how}`)
  }

  /** A part that may throw: then it has failed, with the reason. */
  async part(name: string, run: () => Promise<void>): Promise<void> {
    this.#say(`\n# ${name}`)
    try {
      await run()
    } catch (error) {
      this.check(
        `${name} ran to its end`,
        false,
        error instanceof Error ? error.message.slice(0, 2000) : String(error),
      )
    }
  }

  /** The last line, and whether all is well: with CI=true what did not run has failed. */
  end(): boolean {
    this.#say(`\n${this.passed} passed, ${this.failed} failed, ${this.notRun} not run`)
    return this.failed === 0 && (this.notRun === 0 || process.env.CI !== 'true')
  }

  #say(line: string): void {
    process.stdout.write(`${line}\n`)
  }
}

/** One running part of the daemon: what the health page shows of it, and how it ends. */
export interface Part {
  name: string
  /** `ok: false` on a part that is needed makes the process not ready. */
  health(): Promise<{ ok: boolean; detail: string; needed?: boolean }>
  /** After a config swap. */
  reload?(): Promise<void>
  /** Ends, at most within `deadline` ms. */
  stop(deadline: number): Promise<void>
}

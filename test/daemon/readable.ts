/** A person reads these: what happened, what to do, and never a stack. */
export const readable = (err: string) => !/\n\s+at /.test(err)

/**
 * What a request calls something, for an error that people and events see: words as they are, anything that could be a
 * credential or an identifier not at all.
 */
export const named = (name: string): string =>
  /^[\p{L} _.*+[\]/-]{1,60}$/u.test(name) && !/[A-Z]{8}/.test(name)
    ? `“${name}”`
    : '(its name is not repeated here)'

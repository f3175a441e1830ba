const OWN =
  /^\/?(html|head|meta|title|link|body|header|footer|main|nav|a|form|input|button|section|div|span|p|h[1-3]|b|br|code|dl|dt|dd|ul|ol|li|label|select|option|textarea|details|summary|table|thead|tbody|tr|th|td|time|pre|mark)$/

/** Tags and attributes that a page of ours never has, targets elsewhere, and characters that deceive the eye. */
export function strange(page: string): string[] {
  const own = page
    .replace('<script src="/assets/console.js" defer></script>', '')
    .replace('<!doctype html>', '')
    .replace(/<svg class="(range|days)".*?<\/svg>/gs, '')
  return [...own.matchAll(/<([^\s>]*)([^>]*)>/g)]
    .filter(([, name = '', rest = '']) => {
      const bare = rest.replace(/="[^"<]*"/g, '=')
      return !OWN.test(name) || !/^[\sa-z=-]*$/.test(bare) || /\s(on|style)/.test(bare)
    })
    .map(([tag]) => tag.slice(0, 200))
    .concat(own.match(/(href|action|src)="(?!\/(?!\/)|#)[^"]*"/g) ?? [])
    .concat(own.match(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/g) ?? [])
}

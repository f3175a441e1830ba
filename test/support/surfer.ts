/** What a browser does between pages, without one: keeps cookies by path, follows redirects, says where it comes from. */
export class Surfer {
  /** name → value and path; hosts are not told apart, as cookies do not know ports. */
  readonly cookies = new Map<string, { value: string; path: string }>()

  async send(url: string, init: RequestInit & { site?: string } = {}): Promise<Response> {
    const { site = 'none', headers, ...rest } = init
    const { pathname } = new URL(url)
    const cookie = [...this.cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
    const answer = await fetch(url, {
      redirect: 'manual',
      ...rest,
      headers: {
        ...(cookie && { cookie }),
        'sec-fetch-site': site,
        ...Object.fromEntries(new Headers(headers)),
      },
    })
    for (const line of answer.headers.getSetCookie()) this.#keep(line)
    return answer
  }

  /** Follows redirects until a page, or until `stop` matches where it would go next. */
  async follow(url: string, init: RequestInit & { site?: string } = {}, stop?: RegExp): Promise<Visited> {
    let answer = await this.send(url, init)
    for (let hops = 0; hops < 12; hops++) {
      const location = answer.headers.get('location')
      if (location === null) return { url, answer, text: await answer.text() }
      await answer.body?.cancel()
      const next = new URL(location, url)
      if (stop?.test(next.href)) return { url: next.href, answer, text: '' }
      const site = next.origin === new URL(url).origin ? (init.site ?? 'none') : 'cross-site'
      url = next.href
      answer = await this.send(url, { site })
    }
    throw new Error(`redirects without end, at ${url}`)
  }

  /** Submits the first form of a page, with these fields besides its hidden ones. */
  submit(page: Visited, fields: Record<string, string>, stop?: RegExp): Promise<Visited> {
    const action = /<form[^>]*action="([^"]*)"/.exec(page.text)?.[1] ?? page.url
    const body = new URLSearchParams(fields)
    for (const [tag] of page.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      const [name, value] = [/name="([^"]*)"/, /value="([^"]*)"/].map((pattern) => pattern.exec(tag)?.[1])
      if (name !== undefined && !body.has(name)) body.set(name, unescaped(value ?? ''))
    }
    const to = new URL(unescaped(action), page.url).href
    return this.follow(to, { method: 'POST', body, site: 'same-origin' }, stop)
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const of = (key: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1)
    const expires = of('expires')
    const gone = of('max-age') === '0' || (expires !== undefined && Date.parse(expires) < Date.now())
    if (gone || value === '') this.cookies.delete(name)
    else this.cookies.set(name, { value, path: of('path') ?? '/' })
  }
}

export interface Visited {
  url: string
  answer: Response
  text: string
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

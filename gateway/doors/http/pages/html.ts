/** Escapes text for HTML: names and reasons are data, never markup. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;color:#1c2530}' +
  'h1{font-size:1.25rem}label{display:block;margin:1rem 0 .25rem}' +
  'input{width:100%;box-sizing:border-box;padding:.5rem;font:inherit}' +
  'button{margin-top:1rem;padding:.5rem 1rem;font:inherit}dt{color:#5b6875}dd{margin:0 0 .5rem}' +
  '.error{color:#a11}a.button{display:inline-block;padding:.5rem 1rem;border:1px solid;border-radius:4px;text-decoration:none}'

/** One small page; the body is HTML that is already escaped. `refresh` is where the browser goes on to by itself. */
export const page = (title: string, body: string, refresh?: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
  `<meta name="viewport" content="width=device-width"><style>${STYLE}</style>` +
  `${refresh === undefined ? '' : `<meta http-equiv="refresh" content="0;url=${escapeHtml(refresh)}">`}</head>` +
  `<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const

import type { CodedError } from '../../../../core/errors.ts'
import type { SignInProvider } from '../../../identity/web/web-sign-in.ts'
import { escapeHtml, page } from './html.ts'

interface SignInForm {
  next: string
  prefix: string
  providers: readonly SignInProvider[]
}

/** A button a provider, and the field for a token. */
export function signInPage({ next, prefix, providers }: SignInForm, error?: CodedError): string {
  const problem = error
    ? `<p class="error" role="alert">${escapeHtml(error.message)} ${escapeHtml(error.hint)}</p>`
    : ''
  const buttons = providers
    .map(({ name, title }) => {
      const href = `${prefix}/with/${encodeURIComponent(name)}?next=${encodeURIComponent(next)}`
      return `<p><a class="button" href="${escapeHtml(href)}">Sign in with ${escapeHtml(title)}</a></p>`
    })
    .join('')
  return page(
    'Sign in to this trace store',
    `${problem}${buttons}<form method="post" action="/.tracewarden/login"><input type="hidden" name="next" value="${escapeHtml(next)}">` +
      '<label for="token">Token</label><input id="token" name="token" type="password" autocomplete="current-password" required autofocus>' +
      '<button>Sign in</button></form><p>What you open here is recorded.</p>',
  )
}

/** A page that goes on by itself, and by a link where the browser does not. */
export const goingOn = (said: string, link: string, to: string): string =>
  page(said, `<p><a href="${escapeHtml(to)}">${escapeHtml(link)}</a></p>`, to)

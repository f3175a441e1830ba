import type { CodedError } from '../../../core/errors.ts'
import type { SignInProvider } from '../../../gateway/port.ts'
import { html, type Markup } from '../html.ts'

export interface SignInForm {
  next: string
  providers: readonly SignInProvider[]
  /** Somebody who is signed in must prove anew who they are. */
  fresh?: boolean
}

const FRESH = html`<div class="note" role="status">What you want to do needs a fresh sign-in: prove once more that it is you.</div>`

export const signInPage = (form: SignInForm, problem?: CodedError): Markup => html`
<div class="signin card">
<h1>Sign in</h1>
${problem ? html`<div class="note bad" role="alert" id="problem"><b>${problem.message}</b><br>${problem.hint}</div>` : form.fresh ? FRESH : ''}
${form.providers.map((provider) => html`<p><a class="button main" href="${beginning(provider, form)}">Sign in with ${provider.title}</a></p>`)}
<form class="stack" method="post" action="/sign-in">
<input type="hidden" name="next" value="${form.next}">
<label>Access token or Tracewarden token<input name="token" type="password" autocomplete="off" autofocus required${problem ? html` aria-invalid="true" aria-describedby="problem"` : ''}></label>
<button${form.providers.length ? '' : html` class="main"`}>Sign in</button>
</form>
<p class="quiet">An access token of your identity provider, or one that an administrator makes with <code>tracewarden token create --user YOU --ttl 8h</code>. The sign-in also opens the pages of the trace stores behind this gateway on this host.</p>
</div>`

const beginning = ({ name }: SignInProvider, { next, fresh }: SignInForm): string =>
  `/sign-in/with/${encodeURIComponent(name)}?next=${encodeURIComponent(next)}${fresh ? '&fresh=1' : ''}`

/** Where to go after signing in: only ever a path of our own. */
export const safeNext = (next: unknown): string =>
  typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes('\\') ? next : '/'

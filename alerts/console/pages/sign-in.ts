import type { CodedError } from '../../../core/errors.ts'
import { html, type Markup } from '../html.ts'

export const signInPage = (next: string, problem?: CodedError): Markup => html`
<div class="signin card">
<h1>Sign in</h1>
${problem ? html`<div class="note bad" role="alert" id="problem"><b>${problem.message}</b><br>${problem.hint}</div>` : ''}
<form class="stack" method="post" action="/sign-in">
<input type="hidden" name="next" value="${next}">
<label>Access token or Tracewarden token<input name="token" type="password" autocomplete="off" autofocus required${problem ? html` aria-invalid="true" aria-describedby="problem"` : ''}></label>
<button class="main">Sign in</button>
</form>
<p class="quiet">An access token of your identity provider, or one that an administrator makes with <code>tracewarden token create --user YOU --ttl 8h</code>. The sign-in also opens the pages of the trace stores behind this gateway.</p>
</div>`

/** Where to go after signing in: only ever a path of our own. */
export const safeNext = (next: unknown): string =>
  typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes('\\') ? next : '/'

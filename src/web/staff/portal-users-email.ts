import { cancelEmailChange, resendEmailChange } from '../../core/portal-users/pending-email.ts'
import type { Deps } from '../shared/deps.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { PORTAL_USERS } from './portal-users-list-query.ts'

const OVER = 'Nothing was done: that change of the email address does not wait any more.'

/** A new sign-in address that waits to be confirmed: its link is sent again, or it is given up. */
export function portalUserEmailPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.post('/portal-users/:id/email-change', may('change'), async (req, res) => {
    const portalUserId = readId(req.params.id) ?? 0
    const shown = { portalUserId, id: readId(text(req.body, 'change')) ?? 0 }
    const again = text(req.body, 'go') === 'again'
    const done = again
      ? await resendEmailChange(db, deps, staffOf(req), shown, now())
      : await cancelEmailChange(db, staffOf(req), shown, now())
    if (!done.ok && done.error === 'not-found') throw notFound()
    const words = done.ok ? wordsFor(deps, again, done.value.email) : OVER
    await redirectSaying(req, res, `${PORTAL_USERS}/${String(portalUserId)}`, words)
  })
}

/** What happens to the link that confirms a new address. */
export function linkWords({ config }: Deps, email: string): string {
  return config.smtpUrl === null
    ? `The link for ${email} waits in the outbox: no mail server is set up.`
    : `A link to confirm it is queued for ${email}.`
}

function wordsFor(deps: Deps, again: boolean, email: string): string {
  return again
    ? `A new link was made, and the one before stopped working. ${linkWords(deps, email)}`
    : `The change to ${email} was given up, and its link stopped working.`
}

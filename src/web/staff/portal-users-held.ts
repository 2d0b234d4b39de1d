import { sendHeldDetails } from '../../core/portal-users/held.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** Sends the invitations that were held because a portal was not enabled, once it is. */
export function heldInvitationPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.post('/portals/:id/held-mail', may('administer'), async (req, res) => {
    const done = await sendHeldDetails(db, deps, staffOf(req), readId(req.params.id) ?? 0, now())
    if (!done.ok && done.error === 'not-found') throw notFound()
    await redirectSaying(req, res, '/staff/portals', wordsFor(done.ok ? done.value : null))
  })
}

function wordsFor(done: { portal: string; sent: number } | null): string {
  if (!done) return 'Nothing was sent: the portal is not enabled.'
  if (done.sent === 0) return `No invitation waits for ${done.portal} any more.`
  return `${count(done.sent, 'invitation')} for ${done.portal} ${done.sent === 1 ? 'is' : 'are'} queued.`
}

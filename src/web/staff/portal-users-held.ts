import { sendHeldMail, type SentHeldMail } from '../../core/portal-users/held.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import { switchedFrom } from './client-portals.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** Sends the mails that were held because a portal was not enabled, once it is. */
export function heldInvitationPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.post('/portals/:id/held-mail', may('administer'), async (req, res) => {
    const done = await sendHeldMail(db, deps, staffOf(req), readId(req.params.id) ?? 0, now())
    if (!done.ok && done.error === 'not-found') throw notFound()
    deps.wakeWorker()
    await redirectSaying(req, res, switchedFrom(req), wordsFor(done.ok ? done.value : null))
  })
}

function wordsFor(done: SentHeldMail | null): string {
  if (!done) return 'Nothing was sent: the portal is not enabled.'
  const { portal, sent, renewing } = done
  if (sent + renewing === 0) return `No invitation waits for ${portal} any more.`
  const queued = sent > 0 ? [`${count(sent, 'invitation')} for ${portal} ${sent === 1 ? 'is' : 'are'} queued.`] : []
  return [...queued, ...(renewing > 0 ? [renewingWords(portal, renewing)] : [])].join(' ')
}

function renewingWords(portal: string, renewing: number): string {
  const [had, gets] = renewing === 1 ? ['its', 'it gets a new one and is'] : ['their', 'they get new ones and are']
  return `${count(renewing, 'invitation')} for ${portal} waited until ${had} temporary password or link expired: ${gets} queued in a moment.`
}

import type { Request, Response } from 'express'
import { emailKey } from '../../core/email-address.ts'
import { askForNewLink } from '../../core/invitations/ask-again.ts'
import { disputeRegistration } from '../../core/invitations/dispute.ts'
import { inviterName, openInvitation, type LinkRefusal } from '../../core/invitations/link.ts'
import { derivedKey, keyedHash } from '../../core/secrets.ts'
import { createLimit } from '../../core/throttle/rate-limiter.ts'
import type { Deps } from '../shared/deps.ts'
import { text, type FieldError } from '../shared/forms.ts'
import { datesIn } from '../shared/words.ts'
import type { PortalPages } from './face.ts'

const FOR_EVER = 0
/** Programs that look into mails press buttons; they tick nothing. */
const NO_TICK: FieldError = { field: 'sure', message: 'Tick “I did not register with this link” if it was not you' }

/** The next steps of somebody whose link is over: a new one, or word to the office that a stranger has used it. */
export function closedInvitationPages({ pages, deps }: PortalPages): void {
  const soon = createLimit(deps.db, 'new-link-soon', 1, 600)
  const inAll = createLimit(deps.db, 'new-link-in-all', 3, FOR_EVER)
  const once = createLimit(deps.db, 'registration-disputed', 1, FOR_EVER)
  const perAddress = createLimit(deps.db, 'registration-disputed-from', 10, 3600)
  const key = derivedKey(deps.config.appSecret, 'invitation new link')

  pages.get('/invitations/asked', (_req, res) => res.page('portal/invitations/asked', { title: 'Look in your inbox' }))
  pages.get('/invitations/told', (_req, res) => res.page('portal/invitations/told', { title: 'Thank you' }))

  pages.post('/invitations/:token/new-link', async (req, res) => {
    const { token } = req.params
    const opened = await openInvitation(deps.db, token, deps.now())
    if (opened.ok) return res.redirect(303, `/portal/invitations/${token}`)
    const { kind, invitation } = opened.error
    if (kind !== 'expired' && kind !== 'superseded') return showClosed(deps, req, res, opened.error)
    const whose = keyedHash(key, `${String(invitation?.portalId)} ${emailKey(invitation?.email ?? '') ?? ''}`)
    if (kind === 'expired' && (await soon(whose)) === 0 && (await inAll(whose)) === 0) {
      const asked = await askForNewLink(deps.db, deps, token, deps.now())
      if (!asked.ok) await Promise.all([soon.giveBack(whose), inAll.giveBack(whose)])
      deps.wakeWorker()
    }
    res.redirect(303, '/portal/invitations/asked')
  })

  pages.post('/invitations/:token/not-me', async (req, res) => {
    const { token } = req.params
    const opened = await openInvitation(deps.db, token, deps.now())
    if (opened.ok) return res.redirect(303, `/portal/invitations/${token}`)
    const { kind, invitation } = opened.error
    if (kind !== 'used') return showClosed(deps, req, res, opened.error)
    if (text(req.body, 'sure') !== 'yes') return showClosed(deps, req, res, opened.error, [NO_TICK])
    if ((await perAddress(req.ip ?? 'unknown')) === 0 && (await once(String(invitation?.id))) === 0)
      await disputeRegistration(deps.db, token, deps.now())
    res.redirect(303, '/portal/invitations/told')
  })
}

/** What became of an invitation that cannot be accepted, and what to do now. */
export async function showClosed(
  deps: Deps,
  req: Request,
  res: Response,
  refusal: LinkRefusal,
  errors: FieldError[] = [],
): Promise<void> {
  const inviter = refusal.invitation && (await inviterName(deps.db, refusal.invitation))
  const at = refusal.at === null ? null : datesIn(res.office.timeZone).moment(refusal.at)
  const [status, title, advice] = wordsFor(refusal.kind, at, whomToAsk(deps, inviter))
  const { kind } = refusal
  const { token } = req.params
  res.status(errors.length > 0 ? 422 : status).page('portal/invitations/closed', { title, advice, kind, token, errors })
}

/** For somebody whose login was disabled: an invitation does not bring it back. */
export function showDisabled(deps: Deps, res: Response, inviter: string | null): void {
  const title = 'This invitation cannot be used'
  const advice = `The login of the invited email address is switched off. ${whomToAsk(deps, inviter)}.`
  res.status(410).page('portal/invitations/closed', { title, advice, kind: 'disabled', token: '' })
}

type Words = [status: number, title: string, advice: string]

function wordsFor(kind: LinkRefusal['kind'], at: string | null, ask: string): Words {
  switch (kind) {
    case 'expired':
      return [
        410,
        `This invitation expired on ${at ?? ''}`,
        'We can mail a new link, to the address that was invited. It works for seven days.',
      ]
    case 'used':
      return [
        410,
        'This invitation link has already been used',
        `It works for one person${at ? `, who registered on ${at}` : ''}. If that was you, sign in.`,
      ]
    case 'cancelled':
      return [410, 'This invitation was cancelled', `${ask} whether you should get a new one.`]
    case 'superseded':
      return [410, `A newer invitation was sent${at ? ` on ${at}` : ''}`, 'Use the link in the latest email.']
    case 'unknown':
      return [404, 'This link is not valid', `Check that you copied all of it from the email, or ${lowerFirst(ask)}.`]
    case 'portal-off':
      return [403, 'This portal is not available at the moment', `Try again later. ${ask} when it opens.`]
  }
}

function whomToAsk({ config }: Deps, inviter: string | null): string {
  const office = `the person you deal with at ${config.officeName}`
  return inviter ? `Ask ${inviter}, who invited you, or ${office}` : `Ask ${office}`
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

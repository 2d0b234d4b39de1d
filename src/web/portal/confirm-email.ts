import type { Request, Response } from 'express'
import { confirmEmail, emailLinkOf, type EmailLinkRefusal } from '../../core/portal-users/own-email.ts'
import { typedPassword, type FieldError } from '../shared/forms.ts'
import { waitSentence } from '../shared/sign-in-throttle.ts'
import type { PortalPages } from './face.ts'
import { portalThrottle } from './throttle.ts'

const WRONG: FieldError = { field: 'password', message: 'Enter the password you sign in with now' }

/**
 * Confirming a new sign-in address with a link from a mail. Opening the link changes nothing: the password is asked
 * for.
 */
export function confirmEmailPages({ pages, deps }: PortalPages): void {
  const throttle = portalThrottle(deps)

  pages.get('/confirm-email/:token', async (req, res) => {
    const link = await emailLinkOf(deps.db, req.params.token, deps.now())
    if (!link.ok) return showClosed(res, link.error)
    showForm(req, res, link.value.email, [])
  })

  pages.post('/confirm-email/:token', async (req, res) => {
    const link = await emailLinkOf(deps.db, req.params.token, deps.now())
    if (!link.ok) return showClosed(res, link.error)
    const { email, user } = link.value
    const until = await throttle.take(req, user.username)
    if (until !== null) {
      const mistake = { field: 'password', message: waitSentence(until, deps.now()) }
      return showForm(req, res.status(429).set('Retry-After', '60'), email, [mistake])
    }
    const given = { token: req.params.token, password: typedPassword(req.body, 'password'), ip: req.ip ?? null }
    const confirmed = await confirmEmail(deps.db, deps, given, deps.now())
    if (!confirmed.ok && confirmed.error === 'wrong-password') return showForm(req, res.status(422), email, [WRONG])
    await throttle.forget(confirmed.ok ? confirmed.value : user.username)
    if (!confirmed.ok) return showClosed(res, confirmed.error as Closed)
    deps.wakeWorker()
    res.redirect(303, '/portal/sign-in?email=changed')
  })
}

function showForm(req: Request, res: Response, email: string, errors: FieldError[]): void {
  const { token } = req.params
  res.page('portal/confirm-email', { title: 'Confirm your new email address', errors, token, email })
}

type Closed = EmailLinkRefusal | 'taken'

const CLOSED: Record<Closed, [status: number, title: string, advice: string]> = {
  unknown: [404, 'This link is not valid', 'Check that you copied all of it from the mail.'],
  used: [410, 'This link has already been used', 'The email address is confirmed: sign in with it.'],
  superseded: [410, 'A newer link was sent', 'Use the link in the latest mail.'],
  cancelled: [410, 'This change was given up', 'Nothing has changed: sign in as before.'],
  expired: [
    410,
    'This link has expired',
    'It worked for 30 minutes. Nothing has changed: sign in as before, and ask for a new one.',
  ],
  taken: [409, 'This email address is used by another login', 'Nothing has changed: sign in as before.'],
}

function showClosed(res: Response, refusal: Closed): void {
  const [status, title, advice] = CLOSED[refusal]
  res.status(status).page('portal/email-link-closed', { title, advice })
}

import type { Request, Response } from 'express'
import { emailKey } from '../../core/email-address.ts'
import { oneLine } from '../../core/names.ts'
import { askForOwnEmail, cancelOwnEmail, ownPendingEmail } from '../../core/portal-users/own-email.ts'
import { createLimit } from '../../core/throttle/rate-limiter.ts'
import { text, typedPassword, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { waitSentence } from '../shared/sign-in-throttle.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'
import { portalThrottle } from './throttle.ts'

const REFUSALS: Record<'wrong-password' | 'same' | 'taken', FieldError> = {
  'wrong-password': { field: 'current', message: 'Enter the password you sign in with now' },
  same: { field: 'email', message: 'This is the email address you have now. Enter another one' },
  taken: { field: 'email', message: 'This email address cannot be used: another login has it. Enter a different one' },
}

const NO_ADDRESS: FieldError = { field: 'email', message: 'Enter an email address like name@example.com' }

/**
 * Asking for another sign-in address of one's own: nothing changes until the link that is mailed there is confirmed.
 */
export function emailPages({ pages, deps }: PortalPages): void {
  const throttle = portalThrottle(deps)
  const perPerson = createLimit(deps.db, 'portal-email-change', 10, 3600)

  pages.get('/email', (req, res) => showForm(req, res, []))

  pages.post('/email', async (req, res) => {
    const email = oneLine(text(req.body, 'email', 1000))
    if (!emailKey(email)) return showForm(req, res.status(422), [NO_ADDRESS])
    const user = portalUserOf(req)
    const until = (await throttle.take(req, user.username)) ?? (await waitForMore(user.id))
    if (until !== null) {
      const mistake = { field: 'current', message: waitSentence(until, deps.now()) }
      return showForm(req, res.status(429).set('Retry-After', '60'), [mistake])
    }
    const given = { current: typedPassword(req.body, 'current'), email }
    const asked = await askForOwnEmail(deps.db, deps, user, given, deps.now())
    if (asked.ok || asked.error !== 'wrong-password') await throttle.forget(user.username)
    if (!asked.ok) {
      if (asked.error === 'gone') return res.redirect(303, '/portal/sign-in')
      return showForm(req, res.status(422), [REFUSALS[asked.error]])
    }
    deps.wakeWorker()
    await redirectSaying(req, res, '/portal/email', `Look in the inbox of ${email} for a link to confirm it.`)
  })

  pages.post('/email/cancelling', async (req, res) => {
    await cancelOwnEmail(deps.db, portalUserOf(req), deps.now())
    await redirectSaying(req, res, '/portal/email', 'Nothing waits to be confirmed any more: you sign in as before.')
  })

  async function waitForMore(id: number): Promise<number | null> {
    const wait = await perPerson(String(id))
    return wait > 0 ? deps.now() + wait : null
  }

  async function showForm(req: Request, res: Response, errors: FieldError[]): Promise<void> {
    const user = portalUserOf(req)
    res.page('portal/email', {
      title: 'Change your email address',
      nav: 'password',
      errors,
      email: user.email,
      typed: oneLine(text(req.body, 'email', 1000)),
      pending: await ownPendingEmail(deps.db, user, deps.now()),
    })
  }
}

import type { Request, Response } from 'express'
import type { PortalUser } from '../../core/actors.ts'
import { PASSWORD_LENGTH, type PasswordWeakness } from '../../core/passwords.ts'
import { changeOwnPassword, chooseOwnPassword } from '../../core/portal-users/own-password.ts'
import { typedPassword, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { passwordAdvice } from '../shared/password-words.ts'
import { signIn } from '../shared/session.ts'
import { waitSentence } from '../shared/sign-in-throttle.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'
import { firstPage } from './home.ts'
import { portalThrottle } from './throttle.ts'

const CHANGED = 'Your password has been changed'
const ELSEWHERE = 'Other places you were signed in are signed out.'

/** Choosing one's own password instead of a temporary one, and changing it later. */
export function passwordPages({ pages, deps }: PortalPages): void {
  const throttle = portalThrottle(deps)

  pages.get('/choose-password', (req, res) => {
    if (!portalUserOf(req).mustChangePassword) return res.redirect(303, '/portal/password')
    showChoose(res, [])
  })

  pages.post('/choose-password', async (req, res) => {
    const user = portalUserOf(req)
    if (!user.mustChangePassword) return res.redirect(303, '/portal/password')
    const chosen = await chooseOwnPassword(deps.db, deps, user, typedPassword(req.body, 'password'), deps.now())
    if (chosen.ok) return goOn(req, res, chosen.value, await firstPage(deps, user), CHANGED)
    if (chosen.error === 'gone') return res.redirect(303, '/portal/sign-in')
    showChoose(res.status(422), [mistake('password', chosen.error)])
  })

  pages.get('/password', (_req, res) => showChange(res, []))

  pages.post('/password', async (req, res) => {
    const change = { current: typedPassword(req.body, 'current'), next: typedPassword(req.body, 'password') }
    const user = portalUserOf(req)
    const until = await throttle.take(req, user.username)
    if (until !== null) {
      const message = waitSentence(until, deps.now())
      return showChange(res.status(429).set('Retry-After', '60'), [{ field: 'current', message }])
    }
    const changed = await changeOwnPassword(deps.db, deps, user, change, deps.now())
    if (changed.ok || changed.error !== 'wrong-password') await throttle.forget(user.username)
    if (changed.ok) {
      deps.wakeWorker()
      return goOn(req, res, changed.value, '/portal/home', `${CHANGED}. ${ELSEWHERE}`)
    }
    if (changed.error === 'gone') return res.redirect(303, '/portal/sign-in')
    if (changed.error !== 'wrong-password') return showChange(res.status(422), [mistake('password', changed.error)])
    await throttle.failedProof(req, user)
    showChange(res.status(422), [{ field: 'current', message: 'Enter the password you sign in with now' }])
  })
}

async function goOn(req: Request, res: Response, user: PortalUser, to: string, saying: string): Promise<void> {
  await signIn(req, user)
  await redirectSaying(req, res, to, saying)
}

function mistake(field: string, weakness: PasswordWeakness): FieldError {
  return { field, message: passwordAdvice(weakness, PASSWORD_LENGTH.portal) }
}

function showChoose(res: Response, errors: FieldError[]): void {
  res.page('portal/choose-password', { title: 'Choose your own password', errors, least: PASSWORD_LENGTH.portal })
}

function showChange(res: Response, errors: FieldError[]): void {
  const title = 'Change your password'
  res.page('portal/password', { title, nav: 'password', errors, least: PASSWORD_LENGTH.portal })
}

import type { Request, Response } from 'express'
import { PASSWORD_LENGTH, type PasswordWeakness } from '../../core/passwords.ts'
import { changeStaffPassword } from '../../core/team/accounts.ts'
import { typedPassword, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { passwordAdvice } from '../shared/password-words.ts'
import { signIn } from '../shared/session.ts'
import { waitSentence } from '../shared/sign-in-throttle.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { staffThrottle } from './throttle.ts'

/** One's own password. */
export function passwordPages({ pages, deps }: StaffPages): void {
  const throttle = staffThrottle(deps)

  pages.get('/password', may('see'), (_req, res) => showForm(res, []))

  pages.post('/password', may('see'), async (req: Request, res: Response) => {
    const change = { current: typedPassword(req.body, 'current'), next: typedPassword(req.body, 'next') }
    const staff = staffOf(req)
    const until = await throttle.take(req, staff.email)
    if (until !== null) {
      const message = waitSentence(until, deps.now())
      return showForm(res.status(429).set('Retry-After', '60'), [{ field: 'current', message }])
    }
    const changed = await changeStaffPassword(deps.db, deps.passwords, staff, change, deps.now())
    if (changed.ok || changed.error !== 'wrong-password') await throttle.forget(staff.email)
    if (!changed.ok && changed.error === 'wrong-password') await throttle.failedProof(req, staff)
    if (!changed.ok) return showForm(res.status(422), [mistakeIn(changed.error)])
    await signIn(req, changed.value)
    await redirectSaying(
      req,
      res,
      '/staff/contacts',
      'Your password has been changed. Other places you were signed in are signed out.',
    )
  })
}

function mistakeIn(refusal: 'wrong-password' | PasswordWeakness): FieldError {
  if (refusal === 'wrong-password') return { field: 'current', message: 'Enter the password you sign in with now' }
  return { field: 'next', message: passwordAdvice(refusal, PASSWORD_LENGTH.staff) }
}

function showForm(res: Response, errors: FieldError[]): void {
  res.page('staff/password', { title: 'Change your password', errors, least: PASSWORD_LENGTH.staff })
}

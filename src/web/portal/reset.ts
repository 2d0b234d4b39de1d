import type { Request, Response } from 'express'
import type { PortalUser } from '../../core/actors.ts'
import { PASSWORD_LENGTH } from '../../core/passwords.ts'
import { resetLinkOwner, resetPassword, type ResetRefusal } from '../../core/portal-users/reset.ts'
import { codeThrottle } from '../shared/code-throttle.ts'
import { typedPassword, type FieldError } from '../shared/forms.ts'
import { passwordAdvice } from '../shared/password-words.ts'
import type { PortalPages } from './face.ts'
import { portalThrottle } from './throttle.ts'

/**
 * Choosing a new password with a link from a mail. Opening the link changes nothing: only a good new password spends
 * it.
 */
export function resetPages({ pages, deps }: PortalPages): void {
  const throttle = portalThrottle(deps)
  const codes = codeThrottle(deps, 'portal')

  pages.get('/reset/:token', async (req, res) => {
    const owner = await resetLinkOwner(deps.db, req.params.token, deps.now())
    if (!owner.ok) return showClosed(res, owner.error)
    showForm(req, res, owner.value, [])
  })

  pages.post('/reset/:token', async (req, res) => {
    const owner = await resetLinkOwner(deps.db, req.params.token, deps.now())
    if (!owner.ok) return showClosed(res, owner.error)
    const given = { token: req.params.token, password: typedPassword(req.body, 'password'), ip: req.ip ?? null }
    const reset = await resetPassword(deps.db, deps, given, deps.now())
    if (reset.ok) {
      for (const name of reset.value) await throttle.forget(name)
      await codes.forget(owner.value)
      deps.wakeWorker()
      return res.redirect(303, '/portal/sign-in?password=changed')
    }
    if (isClosed(reset.error)) return showClosed(res, reset.error)
    const message = passwordAdvice(reset.error, PASSWORD_LENGTH.portal)
    showForm(req, res.status(422), owner.value, [{ field: 'password', message }])
  })
}

/** Whoever has no password of their own yet chooses the first. */
function showForm(req: Request, res: Response, { mustChangePassword }: PortalUser, errors: FieldError[]): void {
  const { token } = req.params
  const title = mustChangePassword ? 'Choose your own password' : 'Choose a new password'
  res.page('portal/reset', { title, errors, token, least: PASSWORD_LENGTH.portal, isFirst: mustChangePassword })
}

const CLOSED: Record<ResetRefusal, [status: number, title: string, advice: string]> = {
  unknown: [404, 'This link is not valid', 'Check that you copied all of it from the mail, or get a new one.'],
  used: [410, 'This link has already been used', 'Sign in with the password you chose then, or get a new link.'],
  expired: [410, 'This link has expired', 'Each link works only for a while. Get a new one.'],
  superseded: [410, 'A newer link was sent', 'Use the link in the latest mail, or get a new one.'],
}

function isClosed(error: string): error is ResetRefusal {
  return Object.hasOwn(CLOSED, error)
}

function showClosed(res: Response, refusal: ResetRefusal): void {
  const [status, title, advice] = CLOSED[refusal]
  res.status(status).page('portal/link-closed', { title, advice })
}

import type { Response } from 'express'
import { normalizedUsername } from '../../core/names.ts'
import { askForReset } from '../../core/portal-users/reset.ts'
import { portalUserNamed } from '../../core/portal-users/sign-in.ts'
import { derivedKey, keyedHash } from '../../core/secrets.ts'
import { createLimit } from '../../core/throttle/rate-limiter.ts'
import type { FieldError } from '../shared/forms.ts'
import type { PortalPages } from './face.ts'
import { typedName } from './typed.ts'

/** Asking for a link to choose a new password. The answer is the same for everybody, and so is the work behind it. */
export function forgotPages({ pages, deps }: PortalPages): void {
  const perAccount = createLimit(deps.db, 'portal-forgot-account', 3, 3600)
  const perAddress = createLimit(deps.db, 'portal-forgot-address', 10, 3600)
  const key = derivedKey(deps.config.appSecret, 'portal forgot')

  pages.get('/forgot', (_req, res) => showForm(res, []))

  pages.post('/forgot', async (req, res) => {
    const name = typedName(req.body)
    if (!name)
      return showForm(res.status(422), [{ field: 'username', message: 'Enter your username or email address' }])
    const user = await portalUserNamed(deps.db, name)
    const account = keyedHash(key, user ? `id ${String(user.id)}` : `name ${normalizedUsername(name)}`)
    const waits = [await perAddress(req.ip ?? 'unknown'), await perAccount(account)]
    if (waits.every(wait => wait === 0)) {
      await askForReset(deps.db, user?.id ?? null, deps.now())
      deps.wakeWorker()
    }
    res.redirect(303, '/portal/forgot/sent')
  })

  pages.get('/forgot/sent', (_req, res) => res.page('portal/forgot-sent', { title: 'Look in your inbox' }))
}

function showForm(res: Response, errors: FieldError[]): void {
  res.page('portal/forgot', { title: 'I forgot my password', errors })
}

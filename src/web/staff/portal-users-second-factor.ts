import type { Request } from 'express'
import { portalUserDetails, type PortalUserDetails } from '../../core/portal-users/one.ts'
import { takeFactorFromPortalUser } from '../../core/portal-users/second-factor.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { PORTAL_USERS } from './portal-users-list-query.ts'

/** Taking the second factor of a portal user away, who has lost it. */
export function portalUserSecondFactorPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portal-users/:id/second-factor', may('change'), async (req, res) => {
    const user = await userAt(req)
    res.page('staff/portal-users/second-factor', {
      title: `Take away the second factor of ${user.name}?`,
      nav: 'settings',
      crumbs: [
        ['Portal Access', PORTAL_USERS],
        [user.name, `${PORTAL_USERS}/${String(user.id)}`],
      ],
      crumb: 'Second factor',
      user,
    })
  })

  pages.post('/portal-users/:id/second-factor', may('change'), async (req, res) => {
    const { id, name, hasSecondFactor } = await userAt(req)
    const taken = await takeFactorFromPortalUser(db, deps, staffOf(req), id, now())
    if (!taken.ok) throw notFound()
    deps.wakeWorker()
    const words = hasSecondFactor
      ? `${name} has no second factor any more, and is signed out everywhere.`
      : `Nothing was changed: ${name} has no second factor.`
    await redirectSaying(req, res, `${PORTAL_USERS}/${String(id)}`, words)
  })

  async function userAt(req: Request): Promise<PortalUserDetails> {
    const user = await portalUserDetails(db, readId(req.params.id) ?? 0, now())
    if (!user) throw notFound()
    return user
  }
}

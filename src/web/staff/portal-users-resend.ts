import type { Request } from 'express'
import { portalUserDetails, type PortalUserDetails } from '../../core/portal-users/one.ts'
import { portalsOfLogin } from '../../core/portal-users/queries.ts'
import { resendSignInDetails } from '../../core/portal-users/resend.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { mailWords } from './portal-users-form.ts'
import { PORTAL_USERS } from './portal-users-list-query.ts'

const REFUSALS = {
  'no-email': 'Nothing was sent: this portal user has no email address.',
  disabled: 'Nothing was sent: this portal user is disabled.',
  'changed-meanwhile':
    'The invitation was resent already, or somebody changed this portal user meanwhile. Look at the last invitation email below.',
}

/** Resend: says what happens to the password before it makes and mails a new one. */
export function portalUserResendPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portal-users/:id/resend', may('change'), async (req, res) => {
    const user = await userAt(req)
    const portals = await portalsOfLogin(db, user.id)
    res.page('staff/portal-users/resend', {
      title: `Resend the invitation to ${user.name}?`,
      nav: 'settings',
      crumbs: [
        ['Portal Access', PORTAL_USERS],
        [user.name, `${PORTAL_USERS}/${String(user.id)}`],
      ],
      crumb: 'Resend the invitation',
      user,
      byLink: (await portalSettings(db)).credentials === 'link',
      isHeld: !portals.some(portal => portal.enabled),
    })
  })

  pages.post('/portal-users/:id/resend', may('change'), async (req, res) => {
    const user = await userAt(req)
    const version = readId(text(req.body, 'version')) ?? 0
    const sent = await resendSignInDetails(db, deps, staffOf(req), { id: user.id, version }, now())
    if (!sent.ok && sent.error === 'not-found') throw notFound()
    const portals = (await portalsOfLogin(db, user.id)).length
    const words = sent.ok
      ? `A new ${sent.value.byLink ? 'link to choose a password' : 'temporary password'} was made. ${mailWords(deps, { ...sent.value, portals })}`
      : REFUSALS[sent.error as keyof typeof REFUSALS]
    await redirectSaying(req, res, `${PORTAL_USERS}/${String(user.id)}`, words)
  })

  async function userAt(req: Request): Promise<PortalUserDetails> {
    const user = await portalUserDetails(db, readId(req.params.id) ?? 0, now())
    if (!user) throw notFound()
    return user
  }
}

import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { system } from '../actors.ts'
import { record } from '../audit/record.ts'
import { notify } from '../notifications/bell.ts'
import { newLinkNotice } from '../notifications/notices.ts'
import { portalById } from '../portals/contact-portals.ts'
import { ok, refused, type Result } from '../result.ts'
import { inviterAccess } from './ceiling.ts'
import { inviterName, openInvitation } from './link.ts'
import { renewInvitations } from './renew.ts'
import { invitationById, type Invitation } from './rows.ts'
import type { Inviter } from './write.ts'

/**
 * Mails a new link in the place of one that has expired, to the invited address and nowhere else, and tells the member of
 * staff who invited. Refused with 'not-expired' when the link is anything else, a second press of the button included;
 * with 'not-available' while the portal is switched off or removed, and when the customer who invited may no longer do so.
 */
export async function askForNewLink(
  db: Db,
  deps: { config: Config },
  token: unknown,
  now: number,
): Promise<Result<null, 'not-expired' | 'not-available'>> {
  const opened = await openInvitation(db, token, now)
  const id = opened.ok || opened.error.kind !== 'expired' ? undefined : opened.error.invitation?.id
  if (id === undefined) return refused('not-expired')
  return db.transaction<Result<null, 'not-expired' | 'not-available'>>(async trx => {
    await trx('invitations').where({ id }).forUpdate().first('id')
    const invitation = await invitationById(trx, id, now)
    if (invitation?.state !== 'expired') return refused('not-expired')
    const portal = await portalById(trx, invitation.portalId)
    const inviter = await inviterStill(trx, deps, invitation, now)
    if (!portal?.enabled || !inviter) return refused('not-available')
    const [newer = 0] = await renewInvitations(trx, deps, [{ invitation, portal, inviter }], null, now)
    const data = { olderId: id, email: invitation.email }
    await record(trx, system, 'invitation.asked-again', { type: 'invitation', id: newer }, data, now)
    if (inviter.kind === 'staff') await notify(trx, [inviter.id], newLinkNotice({ ...invitation, portal }), now)
    return ok(null)
  })
}

/** Whoever invited: the office stands by its invitations, a customer's needs somebody who may still invite. */
async function inviterStill(
  trx: Db,
  { config }: { config: Config },
  invitation: Invitation,
  now: number,
): Promise<Inviter | null> {
  const { inviterStaffId, inviterPortalUserId } = invitation
  if (inviterStaffId !== null) {
    return { kind: 'staff', id: inviterStaffId, name: (await inviterName(trx, invitation)) ?? config.officeName }
  }
  if (inviterPortalUserId === null || !(await inviterAccess(trx, invitation, now))) return null
  const name = (await inviterName(trx, invitation)) ?? config.officeName
  return { kind: 'portal_user', id: inviterPortalUserId, name }
}

import type { Config } from '../../config.ts'
import { listed, updateMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { copyDenials } from '../documents/denials.ts'
import { cancelInvitationMails } from '../mail/invitation-mail.ts'
import { portalById } from '../portals/contact-portals.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { inviterAccess } from './ceiling.ts'
import { inviterName } from './link.ts'
import { isTooSoon } from './often.ts'
import { invitationById, type Invitation } from './rows.ts'
import { writeInvitations, type Inviter } from './write.ts'

/**
 * Takes open invitations out of the way of newer ones; their links stop working, mail that has not left is given up.
 */
export async function giveWay(trx: Db, ids: number[], now: number): Promise<void> {
  if (ids.length === 0) return
  await trx('invitations')
    .whereIn('id', listed(trx, ids))
    .where({ status: 'open' })
    .update({ status: 'superseded', version: trx.raw('version + 1') })
  await cancelInvitationMails(trx, ids, now)
}

/**
 * Remembers which invitation came in the place of which. What was denied with the older one is denied with the newer.
 */
export async function nameNewer(trx: Db, pairs: { olderId: number; newerId: number }[], now: number): Promise<void> {
  const rows = pairs.map(({ olderId, newerId }) => ({ id: olderId, superseded_by_id: newerId }))
  await updateMany(trx, 'invitations', ['superseded_by_id'], rows)
  const denied = pairs.map(({ olderId, newerId }) => ({
    from: { invitationId: olderId },
    to: { invitationId: newerId },
  }))
  if (denied.length > 0) await copyDenials(trx, denied, now)
}

/**
 * Writes each invitation again with a new link and seven new days, for the same person with the same rights; the old links
 * stop working. Returns the new ids in the same order. None of them may be accepted, or have a newer one. The caller audits.
 */
export async function renewInvitations(
  trx: Db,
  deps: { config: Config },
  renewals: Renewal[],
  batchId: number | null,
  now: number,
): Promise<number[]> {
  const olderIds = renewals.map(({ invitation }) => invitation.id)
  await giveWay(trx, olderIds, now)
  const newer = renewals.map(({ invitation, portal, inviter }) => {
    const { contactId, name, email, message, level } = invitation
    return { portal, contactId, inviter, name, email, message, level, permissions: invitation }
  })
  const ids = await writeInvitations(trx, deps, newer, batchId, now)
  const pairs = ids.map((newerId, index) => ({ olderId: olderIds[index] ?? 0, newerId }))
  await nameNewer(trx, pairs, now)
  return ids
}

export interface Renewal {
  invitation: Invitation
  portal: { id: number; name: string; enabled: boolean }
  inviter: Inviter
}

export interface Resent {
  id: number
  email: string
  held: boolean
}

export type ResendRefusal = 'not-found' | 'accepted' | 'superseded' | 'too-soon'

/**
 * Sends an invitation again: a new link, seven new days. Works for expired and cancelled ones, and for those whose mail
 * failed. Refused when somebody has registered with it, and when there is a newer one: a second press of the same button;
 * 'too-soon' when the address was written to as often as may be.
 */
export async function resendInvitation(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  id: number,
  now: number,
): Promise<Result<Resent, ResendRefusal>> {
  return unlessTaken('superseded' as const, () =>
    db.transaction<Result<Resent, ResendRefusal>>(async trx => {
      await trx('invitations').where({ id }).forUpdate().first('id')
      const invitation = await invitationById(trx, id, now)
      const portal = invitation && (await portalById(trx, invitation.portalId))
      if (!invitation || !portal) return refused('not-found')
      if (invitation.state === 'accepted' || invitation.state === 'superseded') return refused(invitation.state)
      if (await isTooSoon(trx, portal.id, invitation.email, now)) return refused('too-soon')
      const inviter = await inviterAgain(trx, staff, invitation, now)
      const [newer = 0] = await renewInvitations(trx, deps, [{ invitation, portal, inviter }], null, now)
      const data = { olderId: id, email: invitation.email }
      await record(trx, staff, 'invitation.resent', { type: 'invitation', id: newer }, data, now)
      return ok({ id: newer, email: invitation.email, held: !portal.enabled })
    }),
  )
}

/**
 * What a customer has written stays theirs while they may invite, so that their own rights stay its limit; else it is from
 * whoever sends it now, who stands by what it allows.
 */
async function inviterAgain(db: Db, staff: Staff, invitation: Invitation, now: number): Promise<Inviter> {
  const { inviterPortalUserId: id } = invitation
  if (id === null || !(await inviterAccess(db, invitation, now))) return staff
  return { kind: 'portal_user', id, name: (await inviterName(db, invitation)) ?? staff.name }
}

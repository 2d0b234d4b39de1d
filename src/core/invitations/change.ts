import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import type { Permissions } from '../access/permissions.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { cancelInvitationMails } from '../mail/invitation-mail.ts'
import { ok, refused, type Result } from '../result.ts'
import { invitationById, type Invitation } from './rows.ts'

/** Cancels invitations: their links stop working and mail that has not left is given up. Says how many were open. The caller audits. */
export async function cancelOpen(trx: Db, ids: number[], now: number): Promise<number> {
  if (ids.length === 0) return 0
  const cancelled = await trx('invitations')
    .whereIn('id', listed(trx, ids))
    .where({ status: 'open' })
    .update({ status: 'cancelled', cancelled_at: now, version: trx.raw('version + 1') })
  await cancelInvitationMails(trx, ids, now)
  return cancelled
}

/**
 * Cancels the open invitations that these portal users have written, of one portal or of all, and says how many. Call it
 * where they can no longer be accountable for them. The caller audits.
 */
export async function cancelWrittenBy(
  trx: Db,
  portalUserIds: number[],
  portalId: number | null,
  now: number,
): Promise<number> {
  const written = trx('invitations')
    .whereIn('invited_by_portal_user_id', listed(trx, portalUserIds))
    .where({ status: 'open' })
  if (portalId !== null) void written.where({ portal_id: portalId })
  return cancelOpen(trx, await written.pluck<number[]>('id'), now)
}

/** Cancels all open invitations of a portal and says how many there were. The caller audits. */
export async function cancelOpenOf(trx: Db, portalId: number, now: number): Promise<number> {
  const ids = await trx('invitations').where({ portal_id: portalId, status: 'open' }).pluck<number[]>('id')
  return cancelOpen(trx, ids, now)
}

/** Cancels one invitation. Refused when it is not open any more. */
export function cancelInvitation(
  db: Db,
  actor: Staff | PortalUser,
  id: number,
  now: number,
): Promise<Result<Invitation, 'not-found' | 'not-open'>> {
  return db.transaction(async trx => {
    const invitation = await invitationById(trx, id, now)
    if (!invitation) return refused('not-found')
    if ((await cancelOpen(trx, [id], now)) === 0) return refused('not-open')
    await record(trx, actor, 'invitation.cancelled', { type: 'invitation', id }, { email: invitation.email }, now)
    return ok(invitation)
  })
}

/** Cancels those of these invitations that are open, and says how many they were. Doing it twice changes nothing. */
export function cancelMany(db: Db, staff: Staff, ids: number[], now: number): Promise<number> {
  return db.transaction(async trx => {
    const open = await trx('invitations')
      .whereIn('id', listed(trx, ids))
      .where({ status: 'open' })
      .select<{ id: number; email: string }[]>('id', 'email')
    const cancelled = await cancelOpen(
      trx,
      open.map(one => one.id),
      now,
    )
    const data = { invitations: cancelled, emails: open.map(one => one.email) }
    if (cancelled > 0) await record(trx, staff, 'invitations.cancelled', null, data, now)
    return cancelled
  })
}

/** Changes what somebody will be allowed to do once they accept. Refused when the invitation is not open, or was changed since `version`. */
export function changeInvitation(
  db: Db,
  staff: Staff,
  id: number,
  change: { version: number; level: AccessLevel; permissions: Permissions },
  now: number,
): Promise<Result<Invitation, 'not-found' | 'changed-meanwhile'>> {
  return db.transaction(async trx => {
    const { level, permissions, version } = change
    const changed = await trx('invitations')
      .where({ id, version, status: 'open' })
      .update({
        access_level: level,
        can_invite_others: permissions.canInviteOthers,
        can_view_details: permissions.canViewDetails,
        can_view_documents: permissions.canViewDocuments,
        version: version + 1,
      })
    const invitation = await invitationById(trx, id, now)
    if (!invitation) return refused('not-found')
    if (changed === 0) return refused('changed-meanwhile')
    await record(trx, staff, 'invitation.changed', { type: 'invitation', id }, { level, permissions }, now)
    return ok(invitation)
  })
}

import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import type { Permissions } from '../access/permissions.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, type Result } from '../result.ts'
import { invitationById, type Invitation } from './rows.ts'
import { cancelOpen } from './withdraw.ts'

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

/**
 * Changes what somebody will be allowed to do once they accept. Refused when the invitation is not open, or was changed
 * since `version`.
 */
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

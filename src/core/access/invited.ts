import type { Db } from '../../db/index.ts'
import type { AccessLevel } from './levels.ts'

/** The access that an invitation gives to whoever accepts it. */
export interface InvitedAccess {
  portalId: number
  portalUserId: number
  invitationId: number
  level: AccessLevel
  canInviteOthers: boolean
  canViewDetails: boolean
  canViewDocuments: boolean
  /** Who invited: one of the two. */
  staffId: number | null
  inviterPortalUserId: number | null
}

/**
 * Gives what was promised and returns the id of the access. Null, and nothing changes, for somebody who has it. The
 * caller audits.
 */
export async function giveInvitedAccess(trx: Db, access: InvitedAccess, now: number): Promise<number | null> {
  const held: unknown = await trx('portal_access')
    .where({ portal_id: access.portalId, portal_user_id: access.portalUserId })
    .whereNull('revoked_at')
    .first('id')
  if (held) return null
  const [row] = await trx('portal_access')
    .insert({
      portal_id: access.portalId,
      portal_user_id: access.portalUserId,
      invitation_id: access.invitationId,
      access_level: access.level,
      can_invite_others: access.canInviteOthers,
      can_view_details: access.canViewDetails,
      can_view_documents: access.canViewDocuments,
      source: access.inviterPortalUserId === null ? 'invitation' : 'subscriber',
      granted_by_staff_id: access.staffId,
      granted_by_portal_user_id: access.inviterPortalUserId,
      granted_at: now,
    })
    .returning<{ id: number }[]>('id')
  return row?.id ?? null
}

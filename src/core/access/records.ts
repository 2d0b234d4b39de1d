import { insertMany, listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { cancelOrphaned } from '../invitations/withdraw.ts'

/** One portal user and one portal. */
export interface AccessPair {
  portalUserId: number
  portalId: number
}

export interface AccessOrigin {
  source: 'staff' | 'bulk' | 'import'
  staff: Staff | { id: number }
  batchId: number | null
}

/**
 * Gives access for pairs that do not have it yet, in one statement; a pair that has it already throws. The caller
 * audits.
 */
export async function giveAccess(trx: Db, pairs: AccessPair[], origin: AccessOrigin, now: number): Promise<void> {
  const rows = pairs.map(pair => ({
    portal_id: pair.portalId,
    portal_user_id: pair.portalUserId,
    source: origin.source,
    batch_id: origin.batchId,
    granted_by_staff_id: origin.staff.id,
    granted_at: now,
    access_level: 'standard',
    can_invite_others: false,
    can_view_details: true,
    can_view_documents: true,
  }))
  await insertMany(trx, 'portal_access', Object.keys(rows[0] ?? {}), rows)
}

/**
 * Takes access away, by the ids of its rows; the rows stay, with the moment it ended. Invitations that these people have
 * written to portals they no longer have are cancelled. The caller audits.
 */
export async function takeAccess(trx: Db, accessIds: number[], batchId: number | null, now: number): Promise<void> {
  await trx('portal_access')
    .whereIn('id', listed(trx, accessIds))
    .whereNull('revoked_at')
    .update({ revoked_at: now, revoked_by_batch_id: batchId })
  const theirs = trx('portal_access').whereIn('id', listed(trx, accessIds)).select('portal_user_id')
  await cancelOrphaned(trx, theirs, now)
}

export interface AccessRow extends AccessPair {
  id: number
}

/** The access that these portal users have now. */
export async function accessOf(db: Db, portalUserIds: number[]): Promise<AccessRow[]> {
  return db('portal_access')
    .whereIn('portal_user_id', listed(db, portalUserIds))
    .whereNull('revoked_at')
    .orderBy('id')
    .select<AccessRow[]>('id', 'portal_id as portalId', 'portal_user_id as portalUserId')
}

import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { system } from '../actors.ts'
import { record } from '../audit/record.ts'
import { cancelInvitationMails } from '../mail/invitation-mail.ts'

/**
 * Cancels invitations: their links stop working and mail that has not left is given up. Says how many were open. The
 * caller audits.
 */
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

/**
 * Cancels all open invitations of a portal and says how many there were: those, too, that came while it waited for others to
 * be sent again. The caller audits.
 */
export async function cancelOpenOf(trx: Db, portalId: number, now: number): Promise<number> {
  const open = trx('invitations').where({ portal_id: portalId, status: 'open' })
  let cancelled = 0
  for (let ids = [0]; ids.length > 0; cancelled += await cancelOpen(trx, ids, now))
    ids = await open.clone().pluck<number[]>('id')
  return cancelled
}

/**
 * Cancels the open invitations that these people have written to portals they no longer have, and writes that into the log.
 * `portalUserIds` is a query for their ids. Whatever takes access away calls it in the same transaction; doing it again
 * changes nothing.
 */
export async function cancelOrphaned(trx: Db, portalUserIds: Knex.QueryBuilder, now: number): Promise<void> {
  const orphaned = await trx('invitations')
    .where('invitations.status', 'open')
    .whereIn('invitations.invited_by_portal_user_id', portalUserIds)
    .whereNotExists(
      trx('portal_access')
        .whereRaw('portal_access.portal_user_id = invitations.invited_by_portal_user_id')
        .whereRaw('portal_access.portal_id = invitations.portal_id')
        .whereNull('portal_access.revoked_at')
        .select('portal_access.id'),
    )
    .orderBy('invitations.id')
    .select<{ id: number; email: string }[]>('invitations.id', 'invitations.email')
  const ids = orphaned.map(({ id }) => id)
  const cancelled = await cancelOpen(trx, ids, now)
  if (cancelled === 0) return
  const data = { invitations: cancelled, ids, emails: orphaned.map(({ email }) => email) }
  await record(trx, system, 'invitations.cancelled', null, data, now)
}

import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { giveUpMails } from './give-up.ts'
import { askToSend, type OutboxDeps } from './outbox.ts'

/** Gives up the mails of these invitations that have not left, and wipes what they say. The caller audits. */
export async function cancelInvitationMails(trx: Db, invitationIds: number[], now: number): Promise<void> {
  await giveUpMails(trx, emails => emails.whereIn('invitation_id', listed(trx, invitationIds)), now)
}

/**
 * Lets the held mails of these invitations go out, and says how many. Safe to do twice: the second time none are left.
 */
export async function releaseInvitationMails(
  trx: Db,
  deps: OutboxDeps,
  invitationIds: number[],
  now: number,
): Promise<number> {
  const released = await trx('emails')
    .whereIn('invitation_id', listed(trx, invitationIds))
    .where({ status: 'held' })
    .update({ status: 'queued', send_after: now })
  if (released > 0) await askToSend(trx, deps, now)
  return released
}

/** How many invitations wait for each portal although it is enabled by now, by portal id. */
export async function heldInvitationCounts(db: Db): Promise<Map<number, number>> {
  const rows = await waiting(db)
    .groupBy('portals.id')
    .select<{ id: number; total: number }[]>('portals.id', db.raw('count(*) as total'))
  return new Map(rows.map(row => [row.id, row.total]))
}

/** The invitations that wait for this portal although it is enabled by now. */
export function heldInvitationIds(db: Db, portalId: number): Promise<number[]> {
  return waiting(db).where('portals.id', portalId).pluck<number[]>('invitations.id')
}

/** How many invitations of a batch wait, as their portal is not enabled. */
export async function heldInvitations(db: Db, batchId: number): Promise<number> {
  const [row] = await db('emails')
    .where({ batch_id: batchId, status: 'held' })
    .whereNotNull('invitation_id')
    .count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

function waiting(db: Db) {
  return db('emails')
    .join('invitations', 'invitations.id', 'emails.invitation_id')
    .join('portals', 'portals.id', 'invitations.portal_id')
    .where({ 'emails.status': 'held', 'invitations.status': 'open', 'portals.enabled': true })
}

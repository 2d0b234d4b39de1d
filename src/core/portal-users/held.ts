import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { enqueue } from '../jobs/queue.ts'
import { heldInvitationCounts, heldInvitationIds, releaseInvitationMails } from '../mail/invitation-mail.ts'
import { releaseSignInDetails } from '../mail/sign-in-details.ts'
import { portalById } from '../portals/contact-portals.ts'
import { ok, refused, type Result } from '../result.ts'

/** How many mails wait for a portal, and how many of them have a temporary password or link that has expired. */
export interface HeldMail {
  mails: number
  expired: number
}

/** The sign-in details and invitations that wait although their portal is enabled by now, by portal id. */
export async function heldMail(db: Db, now: number): Promise<Map<number, HeldMail>> {
  const rows = await waiting(db)
    .groupBy('portal_access.portal_id')
    .select<{ portal_id: number; mails: number; expired: number }[]>(
      'portal_access.portal_id',
      db.raw('count(distinct portal_users.id) as mails'),
      db.raw(`count(distinct case when ${EXPIRED} then portal_users.id end) as expired`, [now, now]),
    )
  const held = new Map(rows.map(({ portal_id, mails, expired }) => [portal_id, { mails, expired }]))
  for (const [portalId, invitations] of await heldInvitationCounts(db)) {
    const { mails, expired } = held.get(portalId) ?? { mails: 0, expired: 0 }
    held.set(portalId, { mails: mails + invitations, expired })
  }
  return held
}

/** What became of the mails that waited: `renewing` ones get a new temporary password or link first. */
export interface SentHeldMail {
  portal: string
  sent: number
  renewing: number
}

/**
 * Lets the mails go out that waited for this portal. Background work writes those again whose temporary password or link has
 * expired. Refused while the portal is not enabled. Safe to do twice: the second time none are left.
 */
export function sendHeldMail(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  portalId: number,
  now: number,
): Promise<Result<SentHeldMail, 'not-found' | 'not-enabled'>> {
  return db.transaction(async trx => {
    const portal = await portalById(trx, portalId)
    if (!portal) return refused('not-found')
    if (!portal.enabled) return refused('not-enabled')
    const people = await waitingFor(trx, portalId).distinct().pluck<number[]>('portal_users.id')
    const expired = new Set(await expiredDetailsOf(trx, portalId, now))
    const live = people.filter(id => !expired.has(id))
    const details = await releaseSignInDetails(trx, deps, live, now)
    const invitations = await releaseInvitationMails(trx, deps, await heldInvitationIds(trx, portalId), now)
    const [sent, renewing] = [details + invitations, expired.size]
    if (renewing > 0) await enqueue(trx, 'renew-held-details', { portalId, staffId: staff.id }, now)
    const subject = { type: 'portal', id: portalId }
    if (sent + renewing > 0) await record(trx, staff, 'portal.held-mail-queued', subject, { sent, renewing }, now)
    return ok({ portal: portal.name, sent, renewing })
  })
}

/** Whose sign-in details wait for this portal and have expired, by id. */
export function expiredDetailsOf(db: Db, portalId: number, now: number): Promise<number[]> {
  return expiredFor(db, portalId, now).distinct().pluck<number[]>('portal_users.id')
}

/** Whether this person is one of them. */
export async function haveExpired(db: Db, portalId: number, id: number, now: number): Promise<boolean> {
  return (
    (await expiredFor(db, portalId, now).where('portal_users.id', id).pluck<number[]>('portal_users.id')).length > 0
  )
}

const EXPIRED = 'emails.expires_at <= ? or portal_users.temporary_password_expires_at <= ?'

function expiredFor(db: Db, portalId: number, now: number) {
  return waitingFor(db, portalId).whereRaw(`(${EXPIRED})`, [now, now])
}

function waitingFor(db: Db, portalId: number) {
  return waiting(db).where('portal_access.portal_id', portalId)
}

/**
 * Held mails with people who have access to a portal that is enabled, and who have not chosen a password by other
 * means.
 */
function waiting(db: Db) {
  return db('emails')
    .join('portal_users', 'portal_users.id', 'emails.portal_user_id')
    .join('portal_access', 'portal_access.portal_user_id', 'portal_users.id')
    .join('portals', 'portals.id', 'portal_access.portal_id')
    .where({
      'emails.status': 'held',
      'emails.template': 'sign-in-details',
      'portals.enabled': true,
      'portal_users.status': 'active',
      'portal_users.must_change_password': true,
    })
    .whereNull('emails.import_id')
    .whereNull('portal_access.revoked_at')
    .whereNull('portal_users.deleted_at')
    .whereNotNull('portal_users.email')
}

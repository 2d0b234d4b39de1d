import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { releaseSignInDetails } from '../mail/sign-in-details.ts'
import { sharedPortal } from '../portals/portals.ts'
import { ok, refused, type Result } from '../result.ts'

/** How many mails with sign-in details wait for a portal, by portal id. Those whose password has expired are left out. */
export async function heldDetailsCounts(db: Db, now: number): Promise<Map<number, number>> {
  const rows = await waiting(db, now)
    .groupBy('portal_access.portal_id')
    .select<{ portal_id: number; mails: number }[]>(
      'portal_access.portal_id',
      db.raw('count(distinct emails.id) as mails'),
    )
  return new Map(rows.map(row => [row.portal_id, row.mails]))
}

/**
 * Lets the mails go out that waited for this portal, and says how many. Refused while it is not enabled. Safe to do twice:
 * the second time none are left.
 */
export function sendHeldDetails(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  portalId: number,
  now: number,
): Promise<Result<{ portal: string; sent: number }, 'not-found' | 'not-enabled'>> {
  return db.transaction(async trx => {
    const portal = await sharedPortal(trx, portalId)
    if (!portal) return refused('not-found')
    if (!portal.enabled) return refused('not-enabled')
    const people = await waiting(trx, now)
      .where('portal_access.portal_id', portalId)
      .distinct<{ id: number }[]>('portal_users.id')
    const ids = people.map(person => person.id)
    const sent = await releaseSignInDetails(trx, deps, ids, now)
    if (sent > 0) await record(trx, staff, 'portal.held-mail-queued', { type: 'portal', id: portalId }, { sent }, now)
    return ok({ portal: portal.name, sent })
  })
}

/** Held mails with people who have access to a portal that is enabled, and whose temporary password still works. */
function waiting(db: Db, now: number) {
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
    .where('portal_users.temporary_password_expires_at', '>', now)
}

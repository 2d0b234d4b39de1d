import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { cancelWrittenBy } from '../invitations/withdraw.ts'
import { cancelSignInDetails } from '../mail/sign-in-details.ts'
import { ok, refused, type Result } from '../result.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { endEmailChangesOf } from './email-changes.ts'
import { revokeLinksOf } from './links.ts'
import { portalUserRow, type PortalUserRecord } from './one.ts'

/**
 * Disables somebody, or enables them again. Disabling ends their sessions and links and gives up mail with sign-in details, a
 * new address that waits to be confirmed, and invitations they have written that nobody has accepted, in the same transaction;
 * their portals stay theirs. Doing it twice changes nothing.
 */
export function switchPortalUser(
  db: Db,
  staff: Staff,
  id: number,
  enabled: boolean,
  now: number,
): Promise<Result<PortalUserRecord, 'not-found'>> {
  return db.transaction(async trx => {
    const user = await portalUserRow(trx, id)
    if (!user) return refused('not-found')
    if ((user.status === 'disabled') === !enabled) return ok(user)
    await trx('portal_users')
      .where({ id })
      .update({
        status: enabled ? 'active' : 'disabled',
        disabled_at: enabled ? null : now,
        session_version: trx.raw('session_version + 1'),
        version: trx.raw('version + 1'),
        updated_at: now,
      })
    if (!enabled) {
      await endSessionsOf(trx, 'portal', [id])
      await cancelSignInDetails(trx, [id], now)
      await revokeLinksOf(trx, [id], now)
      await endEmailChangesOf(trx, [id], 'cancelled', now)
      await cancelWrittenBy(trx, [id], null, now)
    }
    const action = enabled ? 'portal-user.enabled' : 'portal-user.disabled'
    await record(trx, staff, action, { type: 'portal_user', id }, { name: user.name }, now)
    return ok(user)
  })
}

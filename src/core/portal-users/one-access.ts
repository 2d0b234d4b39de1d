import type { Db } from '../../db/index.ts'
import { setAccessLevels, type AccessLevel } from '../access/levels.ts'
import { tickPermissions, type Permissions } from '../access/permissions.ts'
import { takeAccess } from '../access/records.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { cancelWrittenBy } from '../invitations/withdraw.ts'
import { subscriberAt, type OneSubscriber } from '../invitations/subscribers.ts'
import { ok, refused, type Result } from '../result.ts'

/**
 * Changes what somebody may do in one portal. Refused with 'not-found' when they have no access (any more), and with
 * 'changed-meanwhile' when the portal user was changed since `version` was shown.
 */
export function changeAccess(
  db: Db,
  staff: Staff,
  accessId: number,
  change: { version: number; level: AccessLevel; permissions: Permissions },
  now: number,
): Promise<Result<OneSubscriber, 'not-found' | 'changed-meanwhile'>> {
  return db.transaction(async trx => {
    const subscriber = await subscriberAt(trx, accessId)
    if (!subscriber) return refused('not-found')
    const { portalId, portalUserId: id } = subscriber
    const { version, level, permissions } = change
    const claimed = await trx('portal_users')
      .where({ id, version })
      .whereNull('deleted_at')
      .update({ version: version + 1, updated_at: now })
    if (claimed === 0) return refused('changed-meanwhile')
    const levelled = await setAccessLevels(trx, staff, id, new Map([[portalId, level]]), now)
    const ticked = await tickPermissions(trx, id, new Map([[portalId, permissions]]))
    const about = { portalId, level, permissions }
    if (levelled.length + ticked.length > 0)
      await record(trx, staff, 'portal-access.changed', { type: 'portal_user', id }, about, now)
    return ok(subscriber)
  })
}

/**
 * Takes one portal from somebody. Their login and all files stay; invitations to this portal that they have written and nobody
 * has accepted are cancelled. Refused with 'not-found' when they have no access (any more): a second press.
 */
export function removeAccess(
  db: Db,
  staff: Staff,
  accessId: number,
  now: number,
): Promise<Result<OneSubscriber, 'not-found'>> {
  return db.transaction(async trx => {
    const subscriber = await subscriberAt(trx, accessId)
    if (!subscriber) return refused('not-found')
    const { portalId, portalUserId: id } = subscriber
    const invitations = await cancelWrittenBy(trx, [id], portalId, now)
    await takeAccess(trx, [accessId], null, now)
    await record(trx, staff, 'portal-access.removed', { type: 'portal_user', id }, { portalId, invitations }, now)
    return ok(subscriber)
  })
}

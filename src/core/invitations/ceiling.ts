import { ACCESS_LEVELS, type AccessLevel } from '../access/levels.ts'
import { effectivePermissions, permissionsFrom, type Permissions } from '../access/permissions.ts'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { portalsOf, type OwnPortal } from '../portal-users/own-portals.ts'
import { portalUserById } from '../portal-users/sign-in.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import type { Invitation } from './rows.ts'

/**
 * What the customer who has written an invitation has in its portal now. Null when they may not invite to it any more: their
 * login or access has ended, the permission was taken from them, or the office does not let clients invite. Null, too, for an
 * invitation by the office, which needs no such thing.
 */
export async function inviterAccess(
  db: Db,
  { inviterPortalUserId, portalId }: Pick<Invitation, 'inviterPortalUserId' | 'portalId'>,
  now: number,
): Promise<OwnPortal | null> {
  const user = inviterPortalUserId === null ? null : await portalUserById(db, inviterPortalUserId)
  if (!user || !(await portalSettings(db)).clientsCanInvite) return null
  const own = (await portalsOf(db, user, now)).find(portal => portal.id === portalId)
  return own?.canInviteOthers ? own : null
}

/** Which of these invitations were written by customers who may still invite to their portals: their ids. */
export async function stillStoodFor(
  db: Db,
  invitations: Pick<Invitation, 'id' | 'inviterPortalUserId' | 'portalId'>[],
  now: number,
): Promise<Set<number>> {
  const written = invitations.filter(({ inviterPortalUserId }) => inviterPortalUserId !== null)
  if (written.length === 0 || !(await portalSettings(db)).clientsCanInvite) return new Set()
  const inviters = written.map(({ inviterPortalUserId }) => inviterPortalUserId ?? 0)
  const held = (await portalsOfMany(db, [...new Set(inviters)], now)).filter(own => own.canInviteOthers)
  const may = new Set(held.map(({ portalUserId, portalId }) => `${String(portalUserId)} ${String(portalId)}`))
  const standing = written.filter(one => may.has(`${String(one.inviterPortalUserId)} ${String(one.portalId)}`))
  return new Set(standing.map(({ id }) => id))
}

type Held = Permissions & { portalUserId: number; portalId: number }

/** What each of these portal users, as far as they may sign in, may do in which portal now. */
async function portalsOfMany(db: Db, portalUserIds: number[], now: number): Promise<Held[]> {
  const rows = await db('portal_access')
    .join('portal_users', 'portal_users.id', 'portal_access.portal_user_id')
    .whereIn('portal_users.id', listed(db, portalUserIds))
    .where('portal_users.status', 'active')
    .whereNull('portal_users.deleted_at')
    .whereNull('portal_access.revoked_at')
    .where(live => void live.whereNull('portal_access.expires_at').orWhere('portal_access.expires_at', '>', now))
    .select<(Record<keyof Permissions, boolean | number> & { portalUserId: number; portalId: number })[]>(
      'portal_access.portal_user_id as portalUserId',
      'portal_access.portal_id as portalId',
      ...effectivePermissions(db),
    )
  return rows.map(row => ({ ...row, ...permissionsFrom(row) }))
}

/** As much of what an invitation allows as the person who invited has themselves. */
export function within(
  { level, ...invited }: Permissions & { level: AccessLevel },
  own: OwnPortal,
): Permissions & { level: AccessLevel } {
  return {
    level: ACCESS_LEVELS.indexOf(level) < ACCESS_LEVELS.indexOf(own.level) ? own.level : level,
    canInviteOthers: invited.canInviteOthers && own.canInviteOthers,
    canViewDetails: invited.canViewDetails && own.canViewDetails,
    canViewDocuments: invited.canViewDocuments && own.canViewDocuments,
  }
}

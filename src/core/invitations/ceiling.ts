import type { AccessLevel } from '../access/levels.ts'
import type { Permissions } from '../access/permissions.ts'
import type { Db } from '../../db/index.ts'
import { portalsOf, type OwnPortal } from '../portal-users/own-portals.ts'
import { portalUserById } from '../portal-users/sign-in.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import type { Invitation } from './rows.ts'

/** Least first: nobody hands on a level above their own. */
export const LEVELS: readonly AccessLevel[] = ['read_only', 'standard', 'full']

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

/** As much of what an invitation allows as the person who invited has themselves. */
export function within(
  { level, ...invited }: Permissions & { level: AccessLevel },
  own: OwnPortal,
): Permissions & { level: AccessLevel } {
  return {
    level: LEVELS.indexOf(level) > LEVELS.indexOf(own.level) ? own.level : level,
    canInviteOthers: invited.canInviteOthers && own.canInviteOthers,
    canViewDetails: invited.canViewDetails && own.canViewDetails,
    canViewDocuments: invited.canViewDocuments && own.canViewDocuments,
  }
}

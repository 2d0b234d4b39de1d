import type { Db } from '../../db/index.ts'
import { accessLevelsOf, type AccessLevel } from '../access/levels.ts'
import { tickedPermissionsOf, type Permissions } from '../access/permissions.ts'
import { lastSignInDetails, type LastDetails } from '../mail/sign-in-details.ts'
import { roleIdsOf } from '../roles/holders.ts'
import { factorOf } from '../second-factor/rows.ts'
import { pendingEmailOf, type PendingEmail } from './email-changes.ts'
import { passwordColumn, portalUserState, withCompanies, type PortalUserState } from './list.ts'

/**
 * A portal user as staff see one. `levels` and `permissions` hold how much each of their portals allows, by portal id; what
 * is ticked in `permissions` decides while there are no roles.
 */
export interface PortalUserDetails {
  id: number
  contactId: number | null
  companyId: number | null
  name: string
  username: string
  email: string | null
  state: PortalUserState
  temporaryPasswordExpiresAt: number | null
  /** They have signed in, or chosen a password of their own: a new address waits until they confirm it. */
  confirmsEmail: boolean
  pendingEmail: PendingEmail | null
  lastSignIn: number | null
  version: number
  levels: Map<number, AccessLevel>
  permissions: Map<number, Permissions>
  roleIds: number[]
  lastMail: LastDetails | null
  hasSecondFactor: boolean
}

/** Null when there is nobody with this id, or they were deleted. */
export async function portalUserDetails(db: Db, id: number, now: number): Promise<PortalUserDetails | null> {
  const row = await portalUserRow(db, id)
  if (!row) return null
  const { status, hasPassword, mustChangePassword, firstLoginAt: _, ...user } = row
  return {
    ...user,
    state: portalUserState({ status, hasPassword, mustChangePassword, ...user }, now),
    confirmsEmail: confirmsEmail(row),
    pendingEmail: await pendingEmailOf(db, id),
    levels: await accessLevelsOf(db, id),
    permissions: await tickedPermissionsOf(db, id),
    roleIds: (await roleIdsOf(db, [id])).get(id) ?? [],
    lastMail: await lastSignInDetails(db, id),
    hasSecondFactor: (await factorOf(db, { kind: 'portal_user', id })) !== null,
  }
}

/** Whether only the person can say that a new sign-in address is theirs. */
export function confirmsEmail(row: Pick<PortalUserRecord, 'status' | 'mustChangePassword' | 'firstLoginAt'>): boolean {
  return row.firstLoginAt !== null || (row.status !== 'invited' && !row.mustChangePassword)
}

export interface PortalUserRecord {
  id: number
  contactId: number | null
  companyId: number | null
  name: string
  username: string
  email: string | null
  status: 'invited' | 'active' | 'disabled'
  hasPassword: boolean | number
  mustChangePassword: boolean | number
  temporaryPasswordExpiresAt: number | null
  firstLoginAt: number | null
  lastSignIn: number | null
  version: number
}

/**
 * The stored row, its company that of the contact when it has none of its own. Null when there is none, or it was
 * deleted.
 */
export async function portalUserRow(db: Db, id: number): Promise<PortalUserRecord | null> {
  const row = await withCompanies(db('portal_users'))
    .where('portal_users.id', id)
    .whereNull('portal_users.deleted_at')
    .first<PortalUserRecord | undefined>(
      'portal_users.id',
      'portal_users.contact_id as contactId',
      'companies.id as companyId',
      'portal_users.name',
      'portal_users.username',
      'portal_users.email',
      'portal_users.status',
      passwordColumn(db),
      'portal_users.must_change_password as mustChangePassword',
      'portal_users.temporary_password_expires_at as temporaryPasswordExpiresAt',
      'portal_users.first_login_at as firstLoginAt',
      'portal_users.last_login_at as lastSignIn',
      'portal_users.version',
    )
  return row ?? null
}

import type { Db } from '../../db/index.ts'
import { passwordColumn } from './list.ts'

/** A portal that somebody may open. `contactId` says whose it is; null for a shared one. */
export interface HeldPortal {
  id: number
  accessId: number
  contactId: number | null
  name: string
  enabled: boolean
  grantedAt: number
}

/** The login of a contact, and the portals it may open. */
export interface ContactLogin {
  id: number
  username: string
  email: string | null
  status: 'invited' | 'active' | 'disabled'
  /** Without one they have a link to choose one. */
  hasPassword: boolean
  mustChangePassword: boolean
  temporaryPasswordExpiresAt: number | null
  lastSignIn: number | null
  portals: HeldPortal[]
}

export async function loginOfContact(db: Db, contactId: number): Promise<ContactLogin | null> {
  const row = await db('portal_users')
    .where({ contact_id: contactId })
    .whereNull('deleted_at')
    .first<LoginRow | undefined>(
      'id',
      'username',
      'email',
      'status',
      passwordColumn(db),
      'must_change_password as mustChangePassword',
      'temporary_password_expires_at as temporaryPasswordExpiresAt',
      'last_login_at as lastSignIn',
    )
  if (!row) return null
  return {
    ...row,
    hasPassword: Boolean(row.hasPassword),
    mustChangePassword: Boolean(row.mustChangePassword),
    portals: await portalsOfLogin(db, row.id),
  }
}

type LoginRow = Omit<ContactLogin, 'portals' | 'hasPassword' | 'mustChangePassword'> & {
  hasPassword: boolean | number
  mustChangePassword: boolean | number
}

/** The portals that a login may open, in order of their names, those switched off included. */
export async function portalsOfLogin(db: Db, portalUserId: number): Promise<HeldPortal[]> {
  const rows = await db('portal_access')
    .join('portals', 'portals.id', 'portal_access.portal_id')
    .where({ 'portal_access.portal_user_id': portalUserId })
    .whereNull('portal_access.revoked_at')
    .whereNull('portals.removed_at')
    .orderBy([{ column: 'portals.name_normalized' }, { column: 'portals.id' }])
    .select<(Omit<HeldPortal, 'enabled'> & { enabled: boolean | number })[]>(
      'portals.id',
      'portal_access.id as accessId',
      'portals.contact_id as contactId',
      'portals.name',
      'portals.enabled',
      'portal_access.granted_at as grantedAt',
    )
  return rows.map(row => ({ ...row, enabled: Boolean(row.enabled) }))
}

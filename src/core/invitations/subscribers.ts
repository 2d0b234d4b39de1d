import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import { effectivePermissions, permissionsFrom, type Permissions } from '../access/permissions.ts'
import { INVITATION_COLUMNS, invitationFrom, invitationRows, type Invitation, type InvitationRow } from './rows.ts'

/** Somebody who has a portal. */
export interface Subscriber extends Permissions {
  accessId: number
  portalUserId: number
  name: string
  email: string | null
  disabled: boolean
  level: AccessLevel
  grantedAt: number
  lastSignIn: number | null
  /** The address the invitation went to; null for those who were not invited. */
  invitedEmail: string | null
}

/** The people who have a portal now, in order of their names. */
export async function subscribersOf(db: Db, portalId: number, limit: number): Promise<Subscriber[]> {
  const rows = await db('portal_access')
    .join('portal_users', 'portal_users.id', 'portal_access.portal_user_id')
    .leftJoin('invitations', 'invitations.id', 'portal_access.invitation_id')
    .where('portal_access.portal_id', portalId)
    .whereNull('portal_access.revoked_at')
    .whereNull('portal_users.deleted_at')
    .orderBy([{ column: 'portal_users.search_name' }, { column: 'portal_users.id' }])
    .limit(limit)
    .select<Row[]>(
      'portal_access.id as accessId',
      'portal_users.id as portalUserId',
      'portal_users.name',
      'portal_users.email',
      'portal_users.status',
      'portal_access.access_level as level',
      'portal_access.granted_at as grantedAt',
      'portal_users.last_login_at as lastSignIn',
      'invitations.email as invitedEmail',
      ...effectivePermissions(db),
    )
  return rows.map(({ status, ...row }) => ({ ...row, ...permissionsFrom(row), disabled: status === 'disabled' }))
}

/** Who was invited to a portal and has not registered, the newest first; expired invitations are among them. */
export async function openInvitationsOf(db: Db, portalId: number, limit: number, now: number): Promise<Invitation[]> {
  const rows = await invitationRows(db)
    .where({ 'invitations.portal_id': portalId, 'invitations.status': 'open' })
    .orderBy('invitations.id', 'desc')
    .limit(limit)
    .select<InvitationRow[]>(INVITATION_COLUMNS)
  return rows.map(row => invitationFrom(row, now))
}

type Row = Omit<Subscriber, 'disabled' | keyof Permissions> &
  Record<keyof Permissions, boolean | number> & { status: string }

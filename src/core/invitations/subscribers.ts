import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import { effectivePermissions, permissionsFrom, tickedPermissionsOf, type Permissions } from '../access/permissions.ts'
import { roleIdsOf } from '../roles/holders.ts'
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
export async function subscribersOf(db: Db, portalId: number, limit: number, offset = 0): Promise<Subscriber[]> {
  const rows = await live(db)
    .where('portal_access.portal_id', portalId)
    .orderBy([{ column: 'portal_users.search_name' }, { column: 'portal_users.id' }])
    .limit(limit)
    .offset(offset)
    .select<Row[]>(...columns(db))
  return rows.map(subscriberFrom)
}

export async function countSubscribers(db: Db, portalId: number): Promise<number> {
  const [row] = await live(db)
    .where('portal_access.portal_id', portalId)
    .count<{ total: number }[]>({ total: 'portal_access.id' })
  return row?.total ?? 0
}

/** Somebody who has a portal, with what staff need to change that. `ticked` decides while there are no roles. */
export interface OneSubscriber extends Subscriber {
  portalId: number
  portalName: string
  /** Whose portal it is; null for a shared one. */
  contactId: number | null
  ticked: Permissions
  hasRoles: boolean
  /** The version of the portal user, which moves on with every change of their access. */
  version: number
}

/** Null when the access has ended, and when there never was one. */
export async function subscriberAt(db: Db, accessId: number): Promise<OneSubscriber | null> {
  const row = await live(db)
    .join('portals', 'portals.id', 'portal_access.portal_id')
    .where('portal_access.id', accessId)
    .whereNull('portals.removed_at')
    .first<OneRow | undefined>(
      ...columns(db),
      'portals.id as portalId',
      'portals.name as portalName',
      'portals.contact_id as contactId',
      'portal_users.version',
    )
  if (!row) return null
  const ticked = (await tickedPermissionsOf(db, row.portalUserId)).get(row.portalId)
  const roles = (await roleIdsOf(db, [row.portalUserId])).get(row.portalUserId) ?? []
  const { portalId, portalName, contactId, version } = row
  const subscriber = subscriberFrom(row)
  return {
    ...subscriber,
    portalId,
    portalName,
    contactId,
    version,
    ticked: ticked ?? subscriber,
    hasRoles: roles.length > 0,
  }
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

export async function countOpenInvitations(db: Db, portalId: number): Promise<number> {
  const [row] = await db('invitations')
    .where({ portal_id: portalId, status: 'open' })
    .count<{ total: number }[]>({ total: 'id' })
  return row?.total ?? 0
}

type Row = Omit<Subscriber, 'disabled' | keyof Permissions> &
  Record<keyof Permissions, boolean | number> & { status: string }
type OneRow = Row & Pick<OneSubscriber, 'portalId' | 'portalName' | 'contactId' | 'version'>

function live(db: Db): Knex.QueryBuilder {
  return db('portal_access')
    .join('portal_users', 'portal_users.id', 'portal_access.portal_user_id')
    .leftJoin('invitations', 'invitations.id', 'portal_access.invitation_id')
    .whereNull('portal_access.revoked_at')
    .whereNull('portal_users.deleted_at')
}

function columns(db: Db): (string | Knex.Raw)[] {
  return [
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
  ]
}

function subscriberFrom(row: Row): Subscriber {
  const { accessId, portalUserId, name, email, status, level, grantedAt, lastSignIn, invitedEmail } = row
  const access = { accessId, portalUserId, name, email, level, grantedAt, lastSignIn, invitedEmail }
  return { ...access, ...permissionsFrom(row), disabled: status === 'disabled' }
}

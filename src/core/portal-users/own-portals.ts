import type { AccessLevel } from '../access/levels.ts'
import { effectivePermissions, PERMISSION_COLUMNS, permissionsFrom, type Permissions } from '../access/permissions.ts'
import { together, type Question } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'

/**
 * A portal somebody has access to, and what they may really do there now, roles included. Inviting is allowed as far as
 * this person goes: the office may have switched it off for everybody. One that is not `enabled` cannot be opened at the
 * moment.
 */
export interface OwnPortal extends Permissions {
  id: number
  /** The row of this person's access, on which what is denied to them hangs. */
  accessId: number
  /** The contact whose portal it is; null for a shared one. */
  contactId: number | null
  name: string
  slug: string
  enabled: boolean
  grantedAt: number
  level: AccessLevel
}

/** The portals this person has access to now, in order of their names, those switched off included. */
export async function portalsOf(db: Db, user: Pick<PortalUser, 'id'>, now: number): Promise<OwnPortal[]> {
  const rows = await ownPortalRows(db, user, now).orderBy(['portals.name_normalized', 'portals.id'])
  return rows.map(ownPortalFrom)
}

/** The same as a question among others, for `ownPortalFrom`. */
export function ownPortalsQuestion(db: Db, user: Pick<PortalUser, 'id'>, now: number): Question {
  const query = ownPortalRows(db, user, now).orderBy(['portals.name_normalized', 'portals.id'])
  return { query, columns: OWN_PORTAL_COLUMNS }
}

/** The portal at this address. Null alike when there is none and when it is not this person's. */
export async function portalOf(db: Db, user: PortalUser, slug: string, now: number): Promise<OwnPortal | null> {
  const query = ownPortalRows(db, user, now).where('portals.slug', slug)
  const found = await together<{ portals: OwnPortalRow }>(db, { portals: { query, columns: OWN_PORTAL_COLUMNS } })
  const [row] = found.portals
  return row ? ownPortalFrom(row) : null
}

type Flag = 'enabled' | keyof Permissions
const OWN_PORTAL_COLUMNS = [
  'id',
  'contactId',
  'name',
  'slug',
  'enabled',
  'accessId',
  'grantedAt',
  'level',
  ...PERMISSION_COLUMNS.map(([name]) => name),
]

export type OwnPortalRow = Omit<OwnPortal, Flag> & Record<Flag, boolean | number>

function ownPortalRows(db: Db, user: Pick<PortalUser, 'id'>, now: number) {
  return db('portal_access')
    .join('portals', 'portals.id', 'portal_access.portal_id')
    .where('portal_access.portal_user_id', user.id)
    .whereNull('portal_access.revoked_at')
    .whereNull('portals.removed_at')
    .where(live => void live.whereNull('portal_access.expires_at').orWhere('portal_access.expires_at', '>', now))
    .select<OwnPortalRow[]>(
      'portals.id',
      'portals.contact_id as contactId',
      'portals.name',
      'portals.slug',
      'portals.enabled',
      'portal_access.id as accessId',
      'portal_access.granted_at as grantedAt',
      'portal_access.access_level as level',
      ...effectivePermissions(db),
    )
}

export function ownPortalFrom(row: OwnPortalRow): OwnPortal {
  return {
    ...row,
    ...permissionsFrom(row),
    enabled: Boolean(row.enabled),
  }
}

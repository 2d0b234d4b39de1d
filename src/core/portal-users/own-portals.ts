import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'

/** A portal somebody has access to; one that is not `enabled` cannot be opened at the moment. */
export interface OwnPortal {
  name: string
  slug: string
  enabled: boolean
  grantedAt: number
}

/** The portals this person has access to now, in order of their names, those switched off included. */
export async function portalsOf(db: Db, user: PortalUser, now: number): Promise<OwnPortal[]> {
  const rows = await ownPortalRows(db, user, now).orderBy(['portals.name_normalized', 'portals.id'])
  return rows.map(ownPortalFrom)
}

/** The portal at this address. Null alike when there is none and when it is not this person's. */
export async function portalOf(db: Db, user: PortalUser, slug: string, now: number): Promise<OwnPortal | null> {
  const [row] = await ownPortalRows(db, user, now).where('portals.slug', slug)
  return row ? ownPortalFrom(row) : null
}

interface Row {
  name: string
  slug: string
  enabled: boolean | number
  grantedAt: number
}

function ownPortalRows(db: Db, user: PortalUser, now: number) {
  return db('portal_access')
    .join('portals', 'portals.id', 'portal_access.portal_id')
    .where('portal_access.portal_user_id', user.id)
    .whereNull('portal_access.revoked_at')
    .whereNull('portals.removed_at')
    .where(live => void live.whereNull('portal_access.expires_at').orWhere('portal_access.expires_at', '>', now))
    .select<Row[]>('portals.name', 'portals.slug', 'portals.enabled', 'portal_access.granted_at as grantedAt')
}

function ownPortalFrom(row: Row): OwnPortal {
  return { ...row, enabled: Boolean(row.enabled) }
}

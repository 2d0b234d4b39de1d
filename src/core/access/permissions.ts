import type { Knex } from 'knex'
import { updateMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'

/** What somebody may do in a portal besides opening it. */
export interface Permissions {
  canInviteOthers: boolean
  canViewDetails: boolean
  canViewDocuments: boolean
}

export const PERMISSION_COLUMNS = [
  ['canInviteOthers', 'can_invite_others'],
  ['canViewDetails', 'can_view_details'],
  ['canViewDocuments', 'can_view_documents'],
] as const

/** What access given by the office allows until somebody says otherwise. */
export const FIRST_PERMISSIONS: Permissions = { canInviteOthers: false, canViewDetails: true, canViewDocuments: true }

/**
 * What somebody may really do, as columns for a query over `portal_access`, 0 or 1 each: for those who have roles, what any
 * of their roles allows, and for everybody else what is ticked on the access itself. Access that came with an invitation
 * allows only what is ticked on it, roles or not: it may be no more than what the person who invited had to give.
 */
export function effectivePermissions(db: Db): Knex.Raw[] {
  return PERMISSION_COLUMNS.map(([name, column]) => {
    const byRoles = db('portal_user_roles')
      .join('roles', 'roles.id', 'portal_user_roles.role_id')
      .whereRaw('portal_user_roles.portal_user_id = portal_access.portal_user_id')
      .select(db.raw('max(case when ?? then 1 else 0 end)', [`roles.${column}`]))
    return db.raw(
      "case when ?? then coalesce(?, 1) when portal_access.source in ('invitation', 'subscriber') then 0 else coalesce(?, 0) end as ??",
      [`portal_access.${column}`, byRoles, byRoles, name],
    )
  })
}

/** The three permissions out of a row, whichever way its engine says yes. */
export function permissionsFrom(row: Record<keyof Permissions, boolean | number>): Permissions {
  return {
    canInviteOthers: Boolean(row.canInviteOthers),
    canViewDetails: Boolean(row.canViewDetails),
    canViewDocuments: Boolean(row.canViewDocuments),
  }
}

/** What is ticked on each access that somebody has now, by portal id. Roles are not asked. */
export async function tickedPermissionsOf(db: Db, portalUserId: number): Promise<Map<number, Permissions>> {
  const rows = await tickedRows(db, portalUserId)
  return new Map(rows.map(row => [row.portalId, permissionsFrom(row)]))
}

/**
 * Ticks on the access of one person what is wanted, portal by portal; portals that are not named, or to which they have no
 * access, stay as they are. Returns the portals where something changed. The caller audits.
 */
export async function tickPermissions(
  trx: Db,
  portalUserId: number,
  wanted: Map<number, Permissions>,
): Promise<number[]> {
  const changed = (await tickedRows(trx, portalUserId)).flatMap(row => {
    const ticks = wanted.get(row.portalId)
    return ticks && !samePermissions(ticks, permissionsFrom(row)) ? [{ ...row, ticks }] : []
  })
  const rows = changed.map(({ id, ticks }) => ({ id, ...permissionValues(ticks) }))
  await updateMany(
    trx,
    'portal_access',
    PERMISSION_COLUMNS.map(([, column]) => column),
    rows,
  )
  return changed.map(row => row.portalId)
}

/** The permissions as they are stored, column by column. */
export function permissionValues(permissions: Permissions): Record<string, boolean> {
  return Object.fromEntries(PERMISSION_COLUMNS.map(([name, column]) => [column, permissions[name]]))
}

export function samePermissions(a: Permissions, b: Permissions): boolean {
  return PERMISSION_COLUMNS.every(([name]) => a[name] === b[name])
}

type TickedRow = Record<keyof Permissions, boolean | number> & { id: number; portalId: number }

function tickedRows(db: Db, portalUserId: number) {
  return db('portal_access')
    .where({ portal_user_id: portalUserId })
    .whereNull('revoked_at')
    .orderBy('id')
    .select<TickedRow[]>(
      'id',
      'portal_id as portalId',
      ...PERMISSION_COLUMNS.map(([name, column]) => `${column} as ${name}`),
    )
}

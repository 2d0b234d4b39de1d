import { insertMany, listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'

/** The roles that one person is to hold, and no others. */
export interface WantedRoles {
  portalUserId: number
  roleIds: number[]
}

/** The ids of the roles that each of these portal users holds, in order; an empty list for those who hold none. */
export async function roleIdsOf(db: Db, portalUserIds: number[]): Promise<Map<number, number[]>> {
  const rows = await db('portal_user_roles')
    .whereIn('portal_user_id', listed(db, portalUserIds))
    .orderBy(['portal_user_id', 'role_id'])
    .select<{ portal_user_id: number; role_id: number }[]>('portal_user_id', 'role_id')
  const held = new Map<number, number[]>(portalUserIds.map(id => [id, []]))
  for (const { portal_user_id, role_id } of rows) held.get(portal_user_id)?.push(role_id)
  return held
}

/** How many people hold each role, by role id. */
export async function holderCounts(db: Db): Promise<Map<number, number>> {
  const rows = await holders(db)
    .groupBy('role_id')
    .select<{ role_id: number; people: number }[]>('role_id', db.raw('count(*) as people'))
  return new Map(rows.map(row => [row.role_id, row.people]))
}

export async function countHolders(db: Db, roleId: number): Promise<number> {
  const [row] = await holders(db).where({ role_id: roleId }).count<{ total: number }[]>({ total: 'role_id' })
  return row?.total ?? 0
}

/**
 * Makes the roles of each person those that are wanted; roles that there are not (any more) are left out. Returns whose
 * roles changed. The caller keeps others from changing the same people, and audits.
 */
export async function setRoles(trx: Db, wanted: WantedRoles[]): Promise<number[]> {
  const known = await keptRoles(
    trx,
    wanted.flatMap(one => one.roleIds),
  )
  const held = await roleIdsOf(
    trx,
    wanted.map(one => one.portalUserId),
  )
  const changed = wanted
    .map(one => ({ ...one, roleIds: [...new Set(one.roleIds)].filter(id => known.has(id)) }))
    .filter(one => !sameRoles(one.roleIds, held.get(one.portalUserId) ?? []))
  const ids = changed.map(one => one.portalUserId)
  await dropRolesOf(trx, ids)
  const rows = changed.flatMap(one =>
    one.roleIds.map(roleId => ({ portal_user_id: one.portalUserId, role_id: roleId })),
  )
  await insertMany(trx, 'portal_user_roles', ['portal_user_id', 'role_id'], rows)
  return ids
}

/** Takes every role from these people. The caller audits. */
export async function dropRolesOf(trx: Db, portalUserIds: number[]): Promise<void> {
  await trx('portal_user_roles').whereIn('portal_user_id', listed(trx, portalUserIds)).delete()
}

/** Takes a role from everybody. The caller audits. */
export async function takeRole(trx: Db, roleId: number): Promise<void> {
  await trx('portal_user_roles').where({ role_id: roleId }).delete()
}

export function sameRoles(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every(id => b.includes(id))
}

/** Which of these roles there are; none of them can be deleted until the transaction ends. */
async function keptRoles(trx: Db, roleIds: number[]): Promise<Set<number>> {
  const rows = await trx('roles').whereIn('id', listed(trx, roleIds)).forKeyShare().select<{ id: number }[]>('id')
  return new Set(rows.map(row => row.id))
}

function holders(db: Db) {
  return db('portal_user_roles')
    .join('portal_users', 'portal_users.id', 'portal_user_roles.portal_user_id')
    .whereNull('portal_users.deleted_at')
}

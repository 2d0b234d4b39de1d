import type { Db } from '../../db/index.ts'
import {
  PERMISSION_COLUMNS,
  permissionsFrom,
  permissionValues,
  samePermissions,
  type Permissions,
} from '../access/permissions.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { normalized } from '../names.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { countHolders, takeRole } from './holders.ts'

export const ROLE_NAME_LENGTH = 80

/** What somebody writes into a cell of roles to take all of them away: no role may be called that. */
export const NO_ROLES = '(clear)'

/** A named bundle of permissions, and its name. */
export interface RoleFields extends Permissions {
  name: string
}

export interface Role extends RoleFields {
  id: number
  updatedAt: number
}

/** A name that spreadsheets could not tell from several names, or from none. */
type BadName = 'semicolon' | 'means-none'

/** Every role in order of their names. */
export async function roles(db: Db): Promise<Role[]> {
  const rows = await roleRows(db).orderBy([{ column: 'name_normalized' }, { column: 'id' }])
  return rows.map(roleFrom)
}

export async function role(db: Db, id: number): Promise<Role | null> {
  const [row] = await roleRows(db).where({ id })
  return row ? roleFrom(row) : null
}

/**
 * Refused when another role has this name, capitals and accents apart, and for names that mean something in
 * spreadsheets.
 */
export async function addRole(
  db: Db,
  actor: Actor,
  fields: RoleFields,
  now: number,
): Promise<Result<number, 'name-taken' | BadName>> {
  const bad = badName(fields.name)
  if (bad) return refused(bad)
  return unlessTaken('name-taken', () =>
    db.transaction(async trx => {
      const [row] = await trx('roles')
        .insert({ ...stored(fields), created_at: now, updated_at: now })
        .returning<{ id: number }[]>('id')
      const id = row?.id ?? 0
      await record(trx, actor, 'role.added', { type: 'role', id }, { ...fields }, now)
      return ok(id)
    }),
  )
}

/**
 * Changes a role as it was when the form was opened (`seen`, its `updatedAt`): what its holders may do follows at once.
 * Refused as `addRole`, and with 'changed-meanwhile' when somebody else has changed it since. Saving what is there already
 * changes nothing.
 */
export async function changeRole(
  db: Db,
  actor: Actor,
  { id, seen }: { id: number; seen: number },
  fields: RoleFields,
  now: number,
): Promise<Result<number, 'name-taken' | BadName | 'not-found' | 'changed-meanwhile'>> {
  const bad = badName(fields.name)
  if (bad) return refused(bad)
  return unlessTaken<number, 'not-found' | 'changed-meanwhile', 'name-taken'>('name-taken', () =>
    db.transaction(async trx => {
      const before = await heldRole(trx, id)
      if (!before) return refused('not-found')
      if (before.updatedAt !== seen) return refused('changed-meanwhile')
      const { updatedAt: _, id: __, ...from } = before
      if (isSame(from, fields)) return ok(id)
      await trx('roles')
        .where({ id })
        .update({ ...stored(fields), updated_at: Math.max(now, seen + 1) })
      await record(trx, actor, 'role.changed', { type: 'role', id }, { from, to: fields }, now)
      return ok(id)
    }),
  )
}

/**
 * Deletes a role and takes it from everybody who holds it. Refused with how many they are now when that is not what was
 * `seen`, and with 'not-found' when it is gone already.
 */
export function deleteRole(
  db: Db,
  actor: Actor,
  { id, seen }: { id: number; seen: number },
  now: number,
): Promise<Result<Role, 'not-found' | { holders: number }>> {
  return db.transaction(async trx => {
    const before = await heldRole(trx, id)
    if (!before) return refused('not-found')
    const holders = await countHolders(trx, id)
    if (holders !== seen) return refused({ holders })
    await takeRole(trx, id)
    await trx('roles').where({ id }).delete()
    await record(trx, actor, 'role.deleted', null, { id, name: before.name, holders }, now)
    return ok(before)
  })
}

function badName(name: string): BadName | null {
  if (name.includes(';')) return 'semicolon'
  return normalized(name) === NO_ROLES ? 'means-none' : null
}

/** Keeps others from changing this role, and from giving it to anybody, until the transaction ends. */
async function heldRole(trx: Db, id: number): Promise<Role | null> {
  await trx('roles').where({ id }).forUpdate().first('id')
  return role(trx, id)
}

function isSame(a: RoleFields, b: RoleFields): boolean {
  return a.name === b.name && samePermissions(a, b)
}

function stored({ name, ...permissions }: RoleFields) {
  return { name, name_normalized: normalized(name), ...permissionValues(permissions) }
}

type RoleRow = Pick<Role, 'id' | 'name' | 'updatedAt'> & Record<keyof Permissions, boolean | number>

function roleRows(db: Db) {
  const permissions = PERMISSION_COLUMNS.map(([name, column]) => `${column} as ${name}`)
  return db('roles').select<RoleRow[]>('id', 'name', 'updated_at as updatedAt', ...permissions)
}

function roleFrom(row: RoleRow): Role {
  return { id: row.id, name: row.name, updatedAt: row.updatedAt, ...permissionsFrom(row) }
}

import { insertMany, listed, listedTexts, reserveIds, updateMany, type BulkRow } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'
import { normalized, normalizedUsername } from '../names.ts'
import { endSessionsOf } from '../sessions/rows.ts'

/** A temporary password that nobody used, or the link to choose one instead, stops working after seven days. */
export const TEMPORARY_PASSWORD_MS = 7 * 86_400_000

export const USERNAME_LENGTH = 254

/** A login to be. Its names must be free: see `takenNames`. */
export interface NewPortalUser {
  contactId: number | null
  companyId: number | null
  name: string
  username: string
  email: string | null
  /**
   * The hash of a temporary password, which has to be replaced at the first sign-in; null: none until they use a link.
   */
  temporaryPasswordHash: string | null
}

/**
 * Adds logins in one statement and returns their ids in the same order; throws when a name is taken. The caller audits.
 */
export async function addPortalUsers(trx: Db, users: NewPortalUser[], now: number): Promise<number[]> {
  const ids = await reserveIds(trx, 'portal_users', users.length)
  const rows = users.map((user, index) => ({
    id: ids[index] ?? 0,
    contact_id: user.contactId,
    company_id: user.companyId,
    ...namesOf(user),
    password_hash: user.temporaryPasswordHash,
    must_change_password: true,
    temporary_password_expires_at: user.temporaryPasswordHash === null ? null : now + TEMPORARY_PASSWORD_MS,
    status: 'active',
    session_version: 1,
    version: 1,
    created_at: now,
    updated_at: now,
  }))
  await insertMany(trx, 'portal_users', Object.keys(rows[0] ?? {}), rows)
  await addSignInNames(
    trx,
    users.map((user, index) => ({ ...user, id: ids[index] ?? 0 })),
  )
  return ids
}

/** New names for a login that exists. */
export interface RenamedPortalUser {
  id: number
  name: string
  username: string
  email: string | null
}

/**
 * Gives logins new names in one statement; throws when a name is taken. Those who were deleted are left alone: their names
 * are free for others. The caller audits.
 */
export async function renamePortalUsers(trx: Db, renamed: RenamedPortalUser[], now: number): Promise<void> {
  const users = await stillThere(trx, renamed)
  if (users.length === 0) return
  const ids = users.map(user => user.id)
  const rows = users.map(user => ({ id: user.id, ...namesOf(user), updated_at: now }))
  await updateMany(
    trx,
    'portal_users',
    ['name', 'search_name', 'username', 'username_normalized', 'email', 'email_normalized', 'updated_at'],
    rows,
  )
  await trx('sign_in_names').whereIn('portal_user_id', listed(trx, ids)).delete()
  await addSignInNames(trx, users)
}

/** Those who are not deleted; nobody deletes or changes them until the transaction ends. */
async function stillThere<T extends { id: number }>(trx: Db, users: T[]): Promise<T[]> {
  if (users.length === 0) return []
  const ids = users.map(user => user.id)
  const rows = await trx('portal_users')
    .whereIn('id', listed(trx, ids))
    .whereNull('deleted_at')
    .orderBy('id')
    .forUpdate()
    .select<{ id: number }[]>('id')
  const there = new Set(rows.map(row => row.id))
  return users.filter(user => there.has(user.id))
}

/**
 * Gives logins a temporary password, to be replaced at the next sign-in, or none (`hash` of null) until they choose one with a
 * link, and ends their open sessions. Every login is
 * active again afterwards if it was waiting for its first password. The caller audits.
 */
export async function setTemporaryPasswords(
  trx: Db,
  users: { id: number; hash: string | null }[],
  now: number,
): Promise<void> {
  if (users.length === 0) return
  const rows = users.map(user => ({
    id: user.id,
    password_hash: user.hash,
    must_change_password: true,
    temporary_password_expires_at: now + TEMPORARY_PASSWORD_MS,
    updated_at: now,
  }))
  const columns = ['password_hash', 'must_change_password', 'temporary_password_expires_at', 'updated_at']
  await updateMany(trx, 'portal_users', columns, rows)
  await trx('portal_users')
    .whereIn(
      'id',
      listed(
        trx,
        users.map(user => user.id),
      ),
    )
    .update({ session_version: trx.raw('session_version + 1') })
  await endSessionsOf(
    trx,
    'portal',
    users.map(user => user.id),
  )
}

/** Which of these names somebody signs in with already: the name as compared, and whose it is. */
export async function takenNames(db: Db, names: string[]): Promise<Map<string, number>> {
  if (names.length === 0) return new Map()
  const rows = await db('sign_in_names')
    .whereIn('name_normalized', listedTexts(db, names))
    .select<{ name_normalized: string; portal_user_id: number }[]>('name_normalized', 'portal_user_id')
  return new Map(rows.map(row => [row.name_normalized, row.portal_user_id]))
}

/**
 * The names under which a login is found, as compared: its username, also as an address if it is one, and its email.
 */
export function signInNamesOf(user: { username: string; email: string | null }): string[] {
  const addresses = [user.username, user.email ?? ''].flatMap(text => emailKey(text) ?? [])
  return [...new Set([normalizedUsername(user.username), ...addresses])]
}

async function addSignInNames(trx: Db, users: { id: number; username: string; email: string | null }[]): Promise<void> {
  const rows = users.flatMap(user =>
    signInNamesOf(user).map(name => ({ name_normalized: name, portal_user_id: user.id })),
  )
  await insertMany(trx, 'sign_in_names', ['name_normalized', 'portal_user_id'], rows)
}

function namesOf(user: { name: string; username: string; email: string | null }): BulkRow {
  return {
    name: user.name,
    search_name: normalized(user.name),
    username: user.username,
    username_normalized: normalizedUsername(user.username),
    email: user.email,
    email_normalized: user.email === null ? null : emailKey(user.email),
  }
}

import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'
import { record } from '../audit/record.ts'
import { emailKey } from '../email-address.ts'
import { normalizedUsername } from '../names.ts'
import type { Passwords } from '../passwords.ts'
import type { ReadAlong } from '../sessions/rows.ts'

const KNOWN = [
  'portal_users.id',
  'portal_users.name',
  'portal_users.username',
  'portal_users.email',
  'portal_users.must_change_password',
  'portal_users.session_version',
]
const HAS_FACTOR = 'exists (select 1 from second_factors where portal_user_id = portal_users.id) as has_second_factor'

/**
 * The portal user of a session, as they are now: null when they were disabled or deleted, or their sessions were ended.
 */
export async function portalUserOfSession(
  db: Db,
  id: number,
  sessionVersion: number,
  ip: string | null,
): Promise<PortalUser | null> {
  const row = await livePortalUsers(db)
    .where({ id, session_version: sessionVersion })
    .first<Row | undefined>(columns(db))
  return row ? portalUserFrom(row, ip) : null
}

/** Portal users who may sign in, joined to their sessions; each column has the name that `portalUserRead` knows. */
export const PORTAL_USERS_OF_SESSIONS: ReadAlong = {
  columns: [...KNOWN, HAS_FACTOR],
  joins: `left join portal_users on portal_users.id = sessions.principal_id and portal_users.status = 'active'
    and portal_users.deleted_at is null`,
}

/** The portal user whom `PORTAL_USERS_OF_SESSIONS` found; null for nobody. */
export function portalUserRead(row: { [Column in keyof Known]: Known[Column] | null }): PortalUser | null {
  return row.id === null ? null : portalUserFrom(row as Known, null)
}

/** Makes every session that any portal user has or had worthless, as in a restored copy. */
export async function outdatePortalSessions(trx: Db): Promise<void> {
  await trx('portal_users').update({ session_version: trx.raw('session_version + 1') })
}

/**
 * The one whose username or email address, in any case, and password these are. Takes as long for a name nobody has, and
 * for somebody who may not sign in: disabled, without a password, or with a temporary one that was not used in time.
 */
export async function portalUserWithPassword(
  db: Db,
  passwords: Passwords,
  given: { name: string; password: string; ip: string | null },
  now: number,
): Promise<PortalUser | null> {
  const row = await rowNamed(db, given.name)
  const usable = row && !hasExpired(row, now) ? row.password_hash : null
  const right = await passwords.matches(usable, given.password)
  if (!row || !usable || !right) return null
  if (passwords.isDated(usable)) await hashAgain(db, passwords, row, given.password)
  return portalUserFrom(row, given.ip)
}

/**
 * The portal user who signs in with this name, whether they have a password or not. Null for those who may not sign in.
 */
export async function portalUserNamed(db: Db, name: string): Promise<PortalUser | null> {
  const row = await rowNamed(db, name)
  return row ? portalUserFrom(row, null) : null
}

/** The portal user with this id. Null for those who may not sign in. */
export async function portalUserById(db: Db, id: number): Promise<PortalUser | null> {
  const row = await livePortalUsers(db).where({ id }).first<Row | undefined>(columns(db))
  return row ? portalUserFrom(row, null) : null
}

/**
 * Remembers that somebody has just signed in, and when they did so for the first time, in the caller's transaction. `how` is
 * for the log.
 */
export async function rememberPortalSignIn(
  trx: Db,
  user: PortalUser,
  now: number,
  how: Record<string, string> = {},
): Promise<void> {
  await trx('portal_users')
    .where({ id: user.id })
    .update({
      first_login_at: trx.raw('coalesce(first_login_at, ?)', [now]),
      previous_login_at: trx.raw('last_login_at'),
      last_login_at: now,
    })
  await record(trx, user, 'portal-user.signed-in', { type: 'portal_user', id: user.id }, how, now)
}

function columns(db: Db) {
  return [...KNOWN, 'password_hash', 'temporary_password_expires_at', db.raw(HAS_FACTOR)]
}

interface Known {
  id: number
  name: string
  username: string
  email: string | null
  must_change_password: boolean | number
  session_version: number
  has_second_factor: boolean | number
}

interface Row extends Known {
  password_hash: string | null
  temporary_password_expires_at: number | null
}

function livePortalUsers(db: Db) {
  return db('portal_users').where({ status: 'active' }).whereNull('deleted_at')
}

/** A username goes before an address that is only written differently. */
async function rowNamed(db: Db, name: string): Promise<Row | null> {
  const exact = normalizedUsername(name)
  const names = [exact, emailKey(name) ?? exact]
  const rows = await livePortalUsers(db)
    .join('sign_in_names', 'sign_in_names.portal_user_id', 'portal_users.id')
    .whereIn('name_normalized', names)
    .select<(Row & { name_normalized: string })[]>('name_normalized', ...columns(db))
  return rows.find(row => row.name_normalized === exact) ?? rows[0] ?? null
}

function hasExpired(row: Row, now: number): boolean {
  const expiresAt = row.temporary_password_expires_at
  return Boolean(row.must_change_password) && expiresAt !== null && expiresAt <= now
}

async function hashAgain(db: Db, passwords: Passwords, row: Row, password: string): Promise<void> {
  const password_hash = await passwords.hash(password)
  await db('portal_users').where({ id: row.id, password_hash: row.password_hash }).update({ password_hash })
}

function portalUserFrom(row: Known, ip: string | null): PortalUser {
  return {
    kind: 'portal_user',
    id: row.id,
    name: row.name,
    username: row.username,
    email: row.email,
    mustChangePassword: Boolean(row.must_change_password),
    hasSecondFactor: Boolean(row.has_second_factor),
    sessionVersion: row.session_version,
    ip,
  }
}

import type { Db } from '../../db/index.ts'
import { system, type Actor, type Role, type Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { emailKey } from '../email-address.ts'
import { PASSWORD_LENGTH, weaknessOf, type Passwords, type PasswordWeakness } from '../passwords.ts'
import { refused, ok, type Result } from '../result.ts'
import { looksLikeToken, newToken, tokenHash } from '../secrets.ts'
import { endSessionsOf, type ReadAlong } from '../sessions/rows.ts'
import { revokeLinks } from './links.ts'

const SETUP_LINK_MS = 3_600_000
const KNOWN = [
  'staff_users.id',
  'staff_users.name',
  'staff_users.email',
  'staff_users.role',
  'staff_users.session_version',
  'staff_users.rows_per_page',
]
const HAS_FACTOR = 'exists (select 1 from second_factors where staff_user_id = staff_users.id) as has_second_factor'

export async function hasStaff(db: Db): Promise<boolean> {
  return (await db('staff_users').first('id')) !== undefined
}

/** A fresh one-time key for making the first admin, good for one hour; keys of earlier starts stop working. */
export function newSetupToken(db: Db, now: number): Promise<string> {
  return db.transaction(async trx => {
    const token = newToken()
    await trx('sign_in_links')
      .where({ purpose: 'staff_setup', used_at: null, revoked_at: null })
      .update({ revoked_at: now })
    await trx('sign_in_links').insert({
      purpose: 'staff_setup',
      token_hash: tokenHash(token),
      created_at: now,
      expires_at: now + SETUP_LINK_MS,
    })
    return token
  })
}

/** Whether the set-up link would work now. Looking changes nothing. */
export async function setupLinkIsOpen(db: Db, token: unknown, now: number): Promise<boolean> {
  if (!looksLikeToken(token) || (await hasStaff(db))) return false
  const row: unknown = await openSetupLink(db, token, now).first('id')
  return row !== undefined
}

export interface NewAdmin {
  name: string
  email: string
  password: string
}

/** Spends the set-up link and makes the first admin. Refused once there is any member of staff. */
export async function createFirstAdmin(
  db: Db,
  passwords: Passwords,
  token: unknown,
  admin: NewAdmin,
  now: number,
): Promise<Result<number, 'link-closed' | PasswordWeakness>> {
  const weakness = await weaknessOf(admin.password, PASSWORD_LENGTH.staff, [admin.name, admin.email, 'portico'])
  if (weakness) return refused(weakness)
  if (!(await setupLinkIsOpen(db, token, now))) return refused('link-closed')
  const passwordHash = await passwords.hash(admin.password)
  return db.transaction(async trx => {
    const spent = await openSetupLink(trx, String(token), now).update({ used_at: now })
    if (spent === 0 || (await hasStaff(trx))) return refused('link-closed')
    return ok(await addStaff(trx, { ...admin, role: 'admin', passwordHash }, now))
  })
}

export interface NewStaff {
  name: string
  email: string
  role: Role
  /** Null for somebody who chooses a password with a link. */
  passwordHash: string | null
}

/** Adds a member of staff inside the caller's transaction. The address must be a valid one. */
export async function addStaff(trx: Db, staff: NewStaff, now: number, actor: Actor = system): Promise<number> {
  const [row] = await trx('staff_users')
    .insert({
      name: staff.name,
      email: staff.email,
      email_normalized: emailKey(staff.email),
      password_hash: staff.passwordHash,
      role: staff.role,
      created_at: now,
      updated_at: now,
    })
    .returning<{ id: number }[]>('id')
  if (!row) throw new Error('The database gave back no id')
  await record(trx, actor, 'staff.added', { type: 'staff', id: row.id }, { role: staff.role }, now)
  return row.id
}

interface StaffRow {
  id: number
  name: string
  email: string
  role: Role
  session_version: number
  rows_per_page: number
  has_second_factor: boolean | number
}

/** The member of staff of a session, as they are now: null when they were disabled or their sessions were ended. */
export async function staffOfSession(
  db: Db,
  id: number,
  sessionVersion: number,
  ip: string | null,
): Promise<Staff | null> {
  const row = await db('staff_users')
    .where({ id, session_version: sessionVersion, status: 'active' })
    .first<StaffRow | undefined>(columns(db))
  return row ? staffFrom(row, ip) : null
}

/** Members of staff who may sign in, joined to their sessions; each column has the name that `staffRead` knows. */
export const STAFF_OF_SESSIONS: ReadAlong = {
  columns: [...KNOWN, HAS_FACTOR],
  joins: `left join staff_users on staff_users.id = sessions.principal_id and staff_users.status = 'active'`,
}

/** The member of staff whom `STAFF_OF_SESSIONS` found; null for nobody, and when their sessions were ended. */
export function staffRead(row: { [Column in keyof StaffRow]: StaffRow[Column] | null }): Staff | null {
  return row.id === null ? null : staffFrom(row as StaffRow, null)
}

/** Makes every session that any member of staff has or had worthless, as in a restored copy. */
export async function outdateStaffSessions(trx: Db): Promise<void> {
  await trx('staff_users').update({ session_version: trx.raw('session_version + 1') })
}

/**
 * A member of staff who may still sign in, as they are now; null for anybody else. For work done in their name later.
 */
export async function staffById(db: Db, id: number): Promise<Staff | null> {
  const row = await db('staff_users').where({ id, status: 'active' }).first<StaffRow | undefined>(columns(db))
  return row ? staffFrom(row, null) : null
}

/** The member of staff with this address, however it is written, whether they may sign in or not. */
export async function staffIdOf(db: Db, email: string): Promise<number | null> {
  const row = await db('staff_users')
    .where({ email_normalized: emailKey(email) ?? '' })
    .first<{ id: number } | undefined>('id')
  return row?.id ?? null
}

/** The one whose address and password these are. Takes as long for an address nobody has. */
export async function staffWithPassword(
  db: Db,
  passwords: Passwords,
  email: string,
  password: string,
  ip: string | null,
): Promise<Staff | null> {
  const row = await db('staff_users')
    .where({ email_normalized: emailKey(email) ?? '', status: 'active' })
    .first<(StaffRow & { password_hash: string | null }) | undefined>([...columns(db), 'password_hash'])
  const right = await passwords.matches(row?.password_hash ?? null, password)
  if (!row?.password_hash || !right) return null
  if (passwords.isDated(row.password_hash)) await hashAgain(db, passwords, row.id, row.password_hash, password)
  return staffFrom(row, ip)
}

/** Remembers that somebody has just signed in, in the caller's transaction. `how` is for the log. */
export async function rememberStaffSignIn(
  trx: Db,
  staff: Staff,
  now: number,
  how: Record<string, string> = {},
): Promise<void> {
  await trx('staff_users').where({ id: staff.id }).update({ last_login_at: now })
  await record(trx, staff, 'staff.signed-in', { type: 'staff', id: staff.id }, how, now)
}

/**
 * Sets a new password and ends every session, the one it was asked from included: sign that one in again. A link to choose a
 * password stops working too. Refused as well when the sessions of this person were ended while the form was under way.
 */
export async function changeStaffPassword(
  db: Db,
  passwords: Passwords,
  staff: Staff,
  change: { current: string; next: string },
  now: number,
): Promise<Result<Staff, 'wrong-password' | PasswordWeakness>> {
  if (!(await staffWithPassword(db, passwords, staff.email, change.current, staff.ip))) return refused('wrong-password')
  if (change.current === change.next) return refused('same-as-before')
  const weakness = await weaknessOf(change.next, PASSWORD_LENGTH.staff, [staff.name, staff.email, 'portico'])
  if (weakness) return refused(weakness)
  const password_hash = await passwords.hash(change.next)
  return db.transaction(async trx => {
    const changed = await trx('staff_users')
      .where({ id: staff.id, session_version: staff.sessionVersion, status: 'active' })
      .update({ password_hash, session_version: trx.raw('session_version + 1'), updated_at: now })
    if (changed === 0) return refused('wrong-password')
    await endSessionsOf(trx, 'staff', [staff.id])
    await revokeLinks(trx, staff.id, now)
    await record(trx, staff, 'staff.password-changed', { type: 'staff', id: staff.id }, {}, now)
    return ok({ ...staff, sessionVersion: staff.sessionVersion + 1 })
  })
}

export async function rememberRowsPerPage(db: Db, staff: Staff, rows: number): Promise<void> {
  await db('staff_users').where({ id: staff.id }).update({ rows_per_page: rows })
}

async function hashAgain(db: Db, passwords: Passwords, id: number, before: string, password: string): Promise<void> {
  const password_hash = await passwords.hash(password)
  await db('staff_users').where({ id, password_hash: before }).update({ password_hash })
}

function openSetupLink(db: Db, token: string, now: number) {
  return db('sign_in_links')
    .where({ purpose: 'staff_setup', token_hash: tokenHash(token), used_at: null, revoked_at: null })
    .where('expires_at', '>', now)
}

function columns(db: Db) {
  return [...KNOWN, db.raw(HAS_FACTOR)]
}

function staffFrom(row: StaffRow, ip: string | null): Staff {
  return {
    kind: 'staff',
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    sessionVersion: row.session_version,
    rowsPerPage: row.rows_per_page,
    hasSecondFactor: Boolean(row.has_second_factor),
    ip,
  }
}

import { isPostgres, type Db } from '../../db/index.ts'
import type { Role, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { addStaff } from './accounts.ts'
import { giveLink, revokeLinks, type GivenLink, type LinkDeps } from './links.ts'

/** `invited`: has not chosen a password yet. */
export type MemberStatus = 'active' | 'invited' | 'disabled'

export interface Member {
  id: number
  name: string
  email: string
  role: Role
  status: MemberStatus
  lastSignInAt: number | null
  hasSecondFactor: boolean
}

/** The members of staff in order of their names. `page` counts from 1. */
export async function membersPage(db: Db, page: number, perPage: number): Promise<Member[]> {
  const rows = await memberRows(db)
    .orderByRaw('lower(name), id')
    .limit(perPage)
    .offset((page - 1) * perPage)
  return rows.map(memberFrom)
}

export async function countMembers(db: Db): Promise<number> {
  const [row] = await db('staff_users').count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

export async function memberById(db: Db, id: number): Promise<Member | null> {
  const [row] = await memberRows(db).where({ id })
  return row ? memberFrom(row) : null
}

/**
 * Adds somebody with a link to choose their password with. Refused when a member of staff, disabled ones included, has
 * this address, which must be a valid one.
 */
export function addMember(
  db: Db,
  deps: LinkDeps,
  staff: Staff,
  member: { name: string; email: string; role: Role },
  now: number,
): Promise<Result<GivenLink, 'email-taken'>> {
  return unlessTaken('email-taken', () =>
    db.transaction(async trx => {
      const id = await addStaff(trx, { ...member, passwordHash: null }, now, staff)
      return ok(await giveLink(trx, deps, staff, { id, ...member, purpose: 'invite' }, now))
    }),
  )
}

/** A new link for somebody who has lost theirs or their password. Links they had do not work any more. */
export function newMemberLink(
  db: Db,
  deps: LinkDeps,
  staff: Staff,
  id: number,
  now: number,
): Promise<Result<GivenLink, 'not-found' | 'disabled'>> {
  return db.transaction(async trx => {
    await trx('staff_users').where({ id }).update({ updated_at: now })
    const member = await memberById(trx, id)
    if (!member) return refused('not-found')
    if (member.status === 'disabled') return refused('disabled')
    const purpose = member.status === 'invited' ? 'invite' : 'reset'
    const link = await giveLink(trx, deps, staff, { ...member, purpose }, now)
    await record(trx, staff, 'staff.link-made', { type: 'staff', id }, { purpose }, now)
    return ok(link)
  })
}

/**
 * Why somebody cannot be changed: `last-admin` is the only administrator who can sign in, `not-allowed` says that the
 * one asking is none any more.
 */
export type MemberRefusal = 'not-found' | 'last-admin' | 'not-allowed'

/** Gives somebody another role; it counts from their next click. Safe to do twice. */
export function changeRole(
  db: Db,
  staff: Staff,
  id: number,
  role: Role,
  now: number,
): Promise<Result<Member, MemberRefusal>> {
  return changingMember(db, staff, id, async (trx, member, isLastAdmin) => {
    if (member.role === role) return ok(member)
    if (isLastAdmin) return refused('last-admin')
    await trx('staff_users').where({ id }).update({ role, updated_at: now })
    await record(trx, staff, 'staff.role-changed', { type: 'staff', id }, { from: member.role, to: role }, now)
    return ok({ ...member, role })
  })
}

/** Disables somebody: their sessions end and their links stop working at once. Safe to do twice. */
export function disableMember(db: Db, staff: Staff, id: number, now: number): Promise<Result<Member, MemberRefusal>> {
  return changingMember(db, staff, id, async (trx, member, isLastAdmin) => {
    if (member.status === 'disabled') return ok(member)
    if (isLastAdmin) return refused('last-admin')
    await trx('staff_users')
      .where({ id })
      .update({ status: 'disabled', session_version: trx.raw('session_version + 1'), updated_at: now })
    await endSessionsOf(trx, 'staff', [id])
    await revokeLinks(trx, id, now)
    await record(trx, staff, 'staff.disabled', { type: 'staff', id }, {}, now)
    return ok(member)
  })
}

/** Lets somebody sign in again, with the password they had. Safe to do twice. */
export function enableMember(db: Db, staff: Staff, id: number, now: number): Promise<Result<Member, MemberRefusal>> {
  return changingMember(db, staff, id, async (trx, member) => {
    if (member.status !== 'disabled') return ok(member)
    await trx('staff_users').where({ id }).update({ status: 'active', updated_at: now })
    await record(trx, staff, 'staff.enabled', { type: 'staff', id }, {}, now)
    return ok(member)
  })
}

/** Signs somebody out everywhere. */
export function endMemberSessions(
  db: Db,
  staff: Staff,
  id: number,
  now: number,
): Promise<Result<Member, MemberRefusal>> {
  return changingMember(db, staff, id, async (trx, member) => {
    await trx('staff_users')
      .where({ id })
      .update({ session_version: trx.raw('session_version + 1') })
    await endSessionsOf(trx, 'staff', [id])
    await record(trx, staff, 'staff.sessions-ended', { type: 'staff', id }, {}, now)
    return ok(member)
  })
}

/**
 * Does a change while nobody else can change an administrator: of two who demote each other at once, the second finds that
 * they are none any more, or that the other is the last.
 */
export function changingMember<E>(
  db: Db,
  staff: Staff,
  id: number,
  change: (trx: Db, member: Member, isLastAdmin: boolean) => Promise<Result<Member, E>>,
): Promise<Result<Member, E | 'not-found' | 'not-allowed'>> {
  return db.transaction(async trx => {
    const admins = await lockedAdmins(trx)
    if (!admins.includes(staff.id)) return refused('not-allowed')
    const member = await memberById(trx, id)
    if (!member) return refused('not-found')
    return change(trx, member, admins.length === 1 && admins[0] === id)
  })
}

/** The administrators who can sign in, locked in one order until the transaction ends. */
function lockedAdmins(trx: Db): Promise<number[]> {
  const admins = trx('staff_users')
    .where({ role: 'admin', status: 'active' })
    .whereNotNull('password_hash')
    .orderBy('id')
  if (isPostgres(trx)) void admins.forUpdate()
  return admins.pluck<number[]>('id')
}

interface MemberRow {
  id: number
  name: string
  email: string
  role: Role
  status: 'active' | 'disabled'
  password_hash: string | null
  last_login_at: number | null
  has_second_factor: boolean | number
}

function memberRows(db: Db) {
  return db('staff_users').select<MemberRow[]>(
    'id',
    'name',
    'email',
    'role',
    'status',
    'password_hash',
    'last_login_at',
    db.raw('exists (select 1 from second_factors where staff_user_id = staff_users.id) as has_second_factor'),
  )
}

function memberFrom({ password_hash, last_login_at, has_second_factor, ...row }: MemberRow): Member {
  const status = row.status === 'active' && password_hash === null ? 'invited' : row.status
  return { ...row, status, lastSignInAt: last_login_at, hasSecondFactor: Boolean(has_second_factor) }
}

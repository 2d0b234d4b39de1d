import { insertMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { ok, refused, type Result } from '../result.ts'

/** More unread notices than this are not counted: the bell says "99+". */
export const UNREAD_COUNTED = 100

/** What a notice says, and the address inside the staff pages that it leads to. `kind` is for us, not for people. */
export interface Notice {
  kind: string
  title: string
  body: string | null
  href: string
}

/** Tells these members of staff. Call it inside the transaction of the change it tells of. */
export async function notify(trx: Db, staffIds: number[], notice: Notice, now: number): Promise<void> {
  const rows = [...new Set(staffIds)].map(staff_user_id => ({ staff_user_id, ...notice, created_at: now }))
  await insertMany(trx, 'notifications', ['staff_user_id', 'kind', 'title', 'body', 'href', 'created_at'], rows)
}

/**
 * Tells every administrator, but nobody who has an unread notice of this kind already: one stands for all that went wrong
 * since they last looked.
 */
export async function notifyAdmins(trx: Db, notice: Notice, now: number): Promise<void> {
  const told = trx('notifications').where({ kind: notice.kind, read_at: null }).select('staff_user_id')
  const admins = trx('staff_users').where({ role: 'admin', status: 'active' }).whereNotIn('id', told)
  await notify(trx, await admins.pluck<number[]>('id'), notice, now)
}

/** Tells everybody of the office who may change things. Call it inside the transaction of the change it tells of. */
export async function notifyOffice(trx: Db, notice: Notice, now: number): Promise<void> {
  const staff = trx('staff_users').where({ status: 'active' }).whereIn('role', ['admin', 'manager'])
  await notify(trx, await staff.pluck<number[]>('id'), notice, now)
}

/** How many notices somebody has not read yet; no more than `UNREAD_COUNTED` are counted, as every page asks. */
export async function unreadCount(db: Db, staff: Staff): Promise<number> {
  const unread = await db('notifications')
    .where({ staff_user_id: staff.id, read_at: null })
    .limit(UNREAD_COUNTED)
    .select<{ id: number }[]>('id')
  return unread.length
}

/** The same as a column of a statement in text, of the member of staff whose id stands in that other column. */
export function unreadColumn(staffId: string): string {
  return `(select count(*) from (select id from notifications
    where staff_user_id = ${staffId} and read_at is null limit ${String(UNREAD_COUNTED)}) as unread)`
}

/** One notice; `readAt` is null until its reader says that it is read. */
export interface NoticeRow {
  id: number
  title: string
  body: string | null
  href: string
  createdAt: number
  readAt: number | null
}

/** Somebody's own notices, the newest first. `page` counts from 1. */
export function noticesPage(db: Db, staff: Staff, page: number, perPage: number): Promise<NoticeRow[]> {
  return db('notifications')
    .where({ staff_user_id: staff.id })
    .orderBy('id', 'desc')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<NoticeRow[]>('id', 'title', 'body', 'href', 'created_at as createdAt', 'read_at as readAt')
}

export async function countNotices(db: Db, staff: Staff): Promise<number> {
  const [row] = await db('notifications').where({ staff_user_id: staff.id }).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** Marks one's own notice as read. Safe to do twice. Refused when there is no such notice of one's own. */
export async function markRead(db: Db, staff: Staff, id: number, now: number): Promise<Result<null, 'not-found'>> {
  const found = await db('notifications')
    .where({ id, staff_user_id: staff.id })
    .update({ read_at: db.raw('coalesce(read_at, ?)', [now]) })
  return found === 1 ? ok(null) : refused('not-found')
}

/**
 * Marks one's own notices up to this one as read: those that came after the page was opened stay unread. Says how many.
 */
export function markAllRead(db: Db, staff: Staff, upTo: number, now: number): Promise<number> {
  return db('notifications')
    .where({ staff_user_id: staff.id, read_at: null })
    .where('id', '<=', upTo)
    .update({ read_at: now })
}

/** Forgets notices that are older than this, read or not. */
export async function forgetOldNotices(db: Db, before: number): Promise<void> {
  await db('notifications').where('created_at', '<', before).delete()
}

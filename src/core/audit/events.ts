import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import {
  countedUpTo,
  inOrderOf,
  stretchOfIds,
  type Beside,
  type Counted,
  type Stretch,
  type Stretched,
} from '../stretch.ts'
import { eventsMatching, NEWEST_FIRST, spotting, type ActivityFilter } from './filter.ts'

/** One line of the audit log. Names are those of today; null for what has none, and for what is gone. */
export interface ActivityEvent {
  id: number
  at: number
  actorType: 'staff' | 'portal_user' | 'system' | 'visitor'
  actorId: number | null
  actorName: string | null
  action: string
  subjectType: string | null
  subjectId: number | null
  subjectName: string | null
  /** Of a portal: whose it is, and whether it is there no more. */
  subjectPortal: 'shared' | 'contact' | 'removed' | null
  ip: string | null
  data: string | null
}

/** How many lines match; counted up to a point only. */
export async function countEvents(db: Db, filter: ActivityFilter): Promise<Counted> {
  return countedUpTo(db, eventsMatching(db, filter, await spotting(db, filter)))
}

/** How many lines match, however many. */
export async function countAllEvents(db: Db, filter: ActivityFilter): Promise<number> {
  const all = eventsMatching(db, filter, await spotting(db, filter))
  const [row] = await all.count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** One page of the lines that match, the newest first. */
export async function eventsPage(db: Db, filter: ActivityFilter, stretch: Stretch): Promise<Stretched<ActivityEvent>> {
  const found = eventsMatching(db, filter, await spotting(db, filter))
  const { rows: ids, next } = await stretchOfIds(db, found, NEWEST_FIRST, stretch)
  return { rows: await eventsOf(db, ids), next }
}

/** Every event that matches, the newest first, so many at a time, for reading any number of them in the same memory. */
export async function* eventChunks(db: Db, filter: ActivityFilter, atOnce: number): AsyncGenerator<ActivityEvent[]> {
  const found = eventsMatching(db, filter, await spotting(db, filter))
  for (let beside: Beside | null = null; ;) {
    const { rows: ids, next } = await stretchOfIds(db, found, NEWEST_FIRST, { page: 1, perPage: atOnce, beside })
    const last = ids.at(-1)
    if (last === undefined) return
    yield await eventsOf(db, ids)
    if (!next) return
    beside = { side: 'after', id: last }
  }
}

/** What was done to one thing, the first first. */
export async function historyOf(db: Db, type: string, id: number, atMost: number): Promise<ActivityEvent[]> {
  const about = db('audit_events').where({ subject_type: type, subject_id: id })
  const ids = await about.orderBy('id', 'desc').limit(atMost).pluck<number[]>('id')
  return eventsOf(db, ids.toReversed())
}

/** Everybody of the office who may stand in the log, in order of their names. */
export function staffActors(db: Db): Promise<{ id: number; name: string; email: string }[]> {
  return db('staff_users')
    .orderByRaw('lower(name), id')
    .select<{ id: number; name: string; email: string }[]>('id', 'name', 'email')
}

type EventRow = Omit<ActivityEvent, 'subjectName' | 'subjectPortal'>

/** The lines with these ids, in that order. */
async function eventsOf(db: Db, ids: number[]): Promise<ActivityEvent[]> {
  if (ids.length === 0) return []
  const rows = await db('audit_events')
    .leftJoin({ staff: 'staff_users' }, join => join.on('staff.id', 'actor_id').andOn(db.raw("actor_type = 'staff'")))
    .leftJoin({ customers: 'portal_users' }, join =>
      join.on('customers.id', 'actor_id').andOn(db.raw("actor_type = 'portal_user'")),
    )
    .whereIn('audit_events.id', ids)
    .select<EventRow[]>(
      'audit_events.id as id',
      'occurred_at as at',
      'actor_type as actorType',
      'actor_id as actorId',
      db.raw('coalesce(staff.name, customers.name) as ??', ['actorName']),
      'action',
      'subject_type as subjectType',
      'subject_id as subjectId',
      'ip',
      'data',
    )
  return named(db, inOrderOf(ids, rows))
}

/** Where the name of a subject stands. */
const NAMES: Record<string, [table: string, column: string]> = {
  company: ['companies', 'name'],
  contact: ['contacts', 'name'],
  email: ['emails', 'subject'],
  import: ['imports', 'filename'],
  portal: ['portals', 'name'],
  portal_user: ['portal_users', 'name'],
  product: ['products', 'name'],
  role: ['roles', 'name'],
  staff: ['staff_users', 'name'],
}

async function named(db: Db, rows: EventRow[]): Promise<ActivityEvent[]> {
  const known = new Map<string, string>()
  for (const type of new Set(rows.map(row => row.subjectType ?? ''))) {
    const [table, column] = NAMES[type] ?? []
    if (!table || !column) continue
    const ids = rows.filter(row => row.subjectType === type).map(row => row.subjectId ?? 0)
    const found = await db(table)
      .whereIn('id', listed(db, ids))
      .select<{ id: number; name: string }[]>('id', `${column} as name`)
    for (const { id, name } of found) known.set(`${type} ${String(id)}`, name)
  }
  const portals = await portalKinds(db, rows)
  return rows.map(row => ({
    ...row,
    subjectName: known.get(`${row.subjectType ?? ''} ${String(row.subjectId)}`) ?? null,
    subjectPortal: row.subjectType === 'portal' ? (portals.get(row.subjectId ?? 0) ?? 'removed') : null,
  }))
}

async function portalKinds(db: Db, rows: EventRow[]): Promise<Map<number, 'shared' | 'contact'>> {
  const ids = rows.flatMap(row => (row.subjectType === 'portal' ? [row.subjectId ?? 0] : []))
  const found = await db('portals')
    .whereIn('id', listed(db, ids))
    .whereNull('removed_at')
    .select<{ id: number; kind: 'shared' | 'contact' }[]>('id', 'kind')
  return new Map(found.map(({ id, kind }) => [id, kind]))
}

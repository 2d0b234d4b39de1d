import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'

/** Which events; the moments are milliseconds UTC, `from` included and `before` not. Empty or null asks for all. */
export interface ActivityFilter {
  text: string
  /** "staff:3", or "portal_user", "visitor" or "system" for all of these. */
  actor: string
  action: string
  from: number | null
  before: number | null
}

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

export async function countEvents(db: Db, filter: ActivityFilter): Promise<number> {
  const [row] = await matching(db, filter).count<{ total: number }[]>({ total: 'audit_events.id' })
  return row?.total ?? 0
}

/** The newest first. `page` counts from 1. */
export async function eventsPage(
  db: Db,
  filter: ActivityFilter,
  page: number,
  perPage: number,
): Promise<ActivityEvent[]> {
  return named(db, await newest(db, filter, perPage).offset((page - 1) * perPage))
}

/** Every event that matches, the newest first, so many at a time, for reading any number of them in the same memory. */
export async function* eventChunks(db: Db, filter: ActivityFilter, atOnce: number): AsyncGenerator<ActivityEvent[]> {
  for (let below = 0; ;) {
    const rows = newest(db, filter, atOnce)
    if (below > 0) void rows.where('audit_events.id', '<', below)
    const events = await named(db, await rows)
    const last = events.at(-1)
    if (!last) return
    yield events
    below = last.id
  }
}

/** What was done to one thing, the first first. */
export async function historyOf(db: Db, type: string, id: number, atMost: number): Promise<ActivityEvent[]> {
  const all = { text: '', actor: '', action: '', from: null, before: null }
  const rows = newest(db, all, atMost).where({ subject_type: type, subject_id: id })
  return (await named(db, await rows)).toReversed()
}

/** Everybody of the office who may stand in the log, in order of their names. */
export function staffActors(db: Db): Promise<{ id: number; name: string; email: string }[]> {
  return db('staff_users')
    .orderByRaw('lower(name), id')
    .select<{ id: number; name: string; email: string }[]>('id', 'name', 'email')
}

type EventRow = Omit<ActivityEvent, 'subjectName' | 'subjectPortal'>

function newest(db: Db, filter: ActivityFilter, atMost: number) {
  return matching(db, filter)
    .orderBy('audit_events.id', 'desc')
    .limit(atMost)
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
}

function matching(db: Db, { text, actor, action, from, before }: ActivityFilter) {
  const events = db('audit_events')
    .leftJoin({ staff: 'staff_users' }, join => join.on('staff.id', 'actor_id').andOn(db.raw("actor_type = 'staff'")))
    .leftJoin({ customers: 'portal_users' }, join =>
      join.on('customers.id', 'actor_id').andOn(db.raw("actor_type = 'portal_user'")),
    )
  const [actorType, actorId] = actor.split(':')
  if (actorType) void events.where('actor_type', actorType)
  if (actorId) void events.where('actor_id', Number(actorId))
  if (action) void events.where({ action })
  if (from !== null) void events.where('occurred_at', '>=', from)
  if (before !== null) void events.where('occurred_at', '<', before)
  if (text) void events.where(anywhere => spotted(anywhere, text))
  return events
}

function spotted(events: ReturnType<Db['queryBuilder']>, text: string): void {
  const pattern = `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`
  const places = ['staff.name', 'staff.email', 'customers.name', 'customers.username', 'action', 'ip', 'data']
  for (const place of places) void events.orWhereRaw(String.raw`lower(??) like lower(?) escape '\'`, [place, pattern])
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

import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { normalized } from '../names.ts'
import type { ListOrder } from '../stretch.ts'
import { hasText, idsWithText, wayToFindIn, type Searched, type Way } from '../trigrams.ts'

/** Which events; the moments are milliseconds UTC, `from` included and `before` not. Empty or null asks for all. */
export interface ActivityFilter {
  /** Looked for in what a line says, and in who they are that did it. */
  text: string
  /** "staff:3", or "portal_user", "visitor" or "system" for all of these. */
  actor: string
  action: string
  from: number | null
  before: number | null
}

export const NEWEST_FIRST: ListOrder = { table: 'audit_events', by: ['audit_events.occurred_at'], descending: true }

const LINES: Searched = { table: 'audit_events', column: 'search', texts: 'audit_search' }
const PEOPLE: Searched = { table: 'portal_users', column: 'search', texts: 'portal_user_search' }

/** Who of the office has the text of a filter in their name or address, and how the text is looked for. */
export interface Spotting {
  staffIds: number[]
  way: Way
}

/** Has to be known before events can be asked for. */
export async function spotting(db: Db, { text }: ActivityFilter): Promise<Spotting> {
  const wanted = normalized(text)
  if (wanted === '') return { staffIds: [], way: 'in-each' }
  const staff = await db('staff_users').select<{ id: number; name: string; email: string }[]>('id', 'name', 'email')
  const found = staff.filter(({ name, email }) => [name, email].some(one => normalized(one).includes(wanted)))
  const staffIds = found.map(({ id }) => id)
  return { staffIds, way: await wayToFindIn(db, text, () => spotted(db, text, staffIds)) }
}

/** The events that match, as a query over `audit_events`. */
export function eventsMatching(
  db: Db,
  { text, actor, action, from, before }: ActivityFilter,
  { staffIds, way }: Spotting,
): Knex.QueryBuilder {
  const events = db('audit_events')
  const [actorType, actorId] = actor.split(':')
  if (actorType) void events.where('audit_events.actor_type', actorType)
  if (actorId) void events.where('audit_events.actor_id', Number(actorId))
  if (action) void events.where('audit_events.action', action)
  if (from !== null) void events.where('audit_events.occurred_at', '>=', from)
  if (before !== null) void events.where('audit_events.occurred_at', '<', before)
  if (normalized(text) === '') return events
  if (way === 'in-each') return events.where(any => spottedInEach(any, db, text, staffIds))
  const [lines, ...others] = spotted(db, text, staffIds)
  return lines ? events.whereIn('audit_events.id', lines.union(others)) : events
}

/**
 * The ids of the lines that have a text of three letters or more, in three parts: lines themselves, staff, portal
 * users.
 */
function spotted(db: Db, text: string, staffIds: number[]): Knex.QueryBuilder[] {
  const by = (kind: string): Knex.QueryBuilder => db('audit_events').where('actor_type', kind).select('id')
  return [
    idsWithText(db, LINES, text),
    by('staff').whereIn('actor_id', staffIds),
    by('portal_user').whereIn('actor_id', idsWithText(db, PEOPLE, text)),
  ]
}

function spottedInEach(any: Knex.QueryBuilder, db: Db, text: string, staffIds: number[]): void {
  const who = db('portal_users').whereRaw('portal_users.id = audit_events.actor_id').select(db.raw('1'))
  void hasText(any, 'audit_events.search', text)
    .orWhere(staff => void staff.where('audit_events.actor_type', 'staff').whereIn('audit_events.actor_id', staffIds))
    .orWhere(
      people =>
        void people
          .where('audit_events.actor_type', 'portal_user')
          .whereExists(hasText(who, 'portal_users.search', text)),
    )
}

import type { Knex } from 'knex'
import { insertFrom, listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import type { Ticks } from '../contacts/selection.ts'
import { newHandle } from '../secrets.ts'
import { ALL_PORTAL_USERS, portalUsersMatching, portalUsersOf, type PortalUserFilter } from './list.ts'

const LIST = 'portal_users'

/**
 * Takes the ticks of one page into a selection of portal users and returns its handle. Without a selection of one's own,
 * a new one is begun as soon as something is ticked; null while nothing is.
 */
export function mergePortalUserTicks(
  db: Db,
  staff: Staff,
  handle: string | null,
  ticks: Ticks,
  now: number,
): Promise<string | null> {
  return db.transaction(async trx => {
    const own = await ownPortalUserSelection(trx, staff, handle)
    if (!own && ticks.ticked.length === 0) return null
    const unticked = ticks.shown.filter(shown => !ticks.ticked.includes(shown))
    return addTo(trx, own ?? (await newSelection(trx, staff, now)), portalUsersOf(trx, ticks.ticked), unticked, now)
  })
}

/** Adds every portal user that matches, as they are at this moment, in one statement. */
export function selectMatchingPortalUsers(
  db: Db,
  staff: Staff,
  handle: string | null,
  filter: PortalUserFilter,
  now: number,
): Promise<string> {
  return db.transaction(async trx => {
    const id = (await ownPortalUserSelection(trx, staff, handle)) ?? (await newSelection(trx, staff, now))
    return addTo(trx, id, portalUsersMatching(trx, filter), [], now)
  })
}

export async function clearPortalUserSelection(db: Db, staff: Staff, handle: string | null): Promise<void> {
  const own = await ownPortalUserSelection(db, staff, handle)
  if (own) await db('selection_items').where({ selection_id: own }).delete()
}

/** The handle again if this is a selection of portal users and this person's own, else null. */
export async function ownPortalUserSelection(db: Db, staff: Staff, handle: string | null): Promise<string | null> {
  if (!handle) return null
  const row: unknown = await db('selections').where({ id: handle, staff_user_id: staff.id, list: LIST }).first('id')
  return row ? handle : null
}

/** How many of the selected portal users there still are. */
export async function countSelectedPortalUsers(db: Db, handle: string): Promise<number> {
  const selected = portalUsersMatching(db, { ...ALL_PORTAL_USERS, selection: handle })
  const [row] = await selected.count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

async function newSelection(trx: Db, staff: Staff, now: number): Promise<string> {
  const id = newHandle()
  await trx('selections').insert({ id, staff_user_id: staff.id, list: LIST, created_at: now, used_at: now })
  return id
}

async function addTo(trx: Db, id: string, people: Knex.QueryBuilder, unticked: number[], now: number): Promise<string> {
  await trx('selection_items').where({ selection_id: id }).whereIn('subject_id', listed(trx, unticked)).delete()
  const columns = ['selection_id', 'subject_id']
  await insertFrom(trx, 'selection_items', columns, people.select(trx.raw('?', [id]), 'portal_users.id'))
  await trx('selections').where({ id }).update({ used_at: now })
  return id
}

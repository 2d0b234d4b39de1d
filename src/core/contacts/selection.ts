import type { Knex } from 'knex'
import { insertFrom, listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { newHandle } from '../secrets.ts'
import { contactsMatching, contactsOf, type ContactFilter } from './filter.ts'

/** What a page of ticks says: the contacts it showed, and those of them that were ticked. */
export interface Ticks {
  shown: number[]
  ticked: number[]
}

/**
 * Takes the ticks of one page into a selection and returns its handle. Without a selection of one's own, a new one is
 * begun as soon as something is ticked; null while nothing is.
 */
export function mergeTicks(
  db: Db,
  staff: Staff,
  handle: string | null,
  ticks: Ticks,
  now: number,
): Promise<string | null> {
  return db.transaction(async trx => {
    const own = await ownSelection(trx, staff, handle)
    if (!own && ticks.ticked.length === 0) return null
    const id = own ?? (await newSelection(trx, staff, now))
    const unticked = ticks.shown.filter(shown => !ticks.ticked.includes(shown))
    await trx('selection_items').where({ selection_id: id }).whereIn('subject_id', listed(trx, unticked)).delete()
    await add(trx, id, contactsOf(trx, ticks.ticked))
    await trx('selections').where({ id }).update({ used_at: now })
    return id
  })
}

/** Adds every contact that matches, as they are at this moment, in one statement. */
export function selectMatching(
  db: Db,
  staff: Staff,
  handle: string | null,
  filter: ContactFilter,
  now: number,
): Promise<string> {
  return db.transaction(async trx => {
    const id = (await ownSelection(trx, staff, handle)) ?? (await newSelection(trx, staff, now))
    await add(trx, id, contactsMatching(trx, filter))
    await trx('selections').where({ id }).update({ used_at: now })
    return id
  })
}

export async function clearSelection(db: Db, staff: Staff, handle: string | null): Promise<void> {
  const own = await ownSelection(db, staff, handle)
  if (own) await db('selection_items').where({ selection_id: own }).delete()
}

/** The handle again if this selection is this person's own, else null. */
export async function ownSelection(db: Db, staff: Staff, handle: string | null): Promise<string | null> {
  if (!handle) return null
  const row: unknown = await db('selections')
    .where({ id: handle, staff_user_id: staff.id, list: 'contacts' })
    .first('id')
  return row ? handle : null
}

/** The selected contacts that are not archived, as a query over `contacts`. */
export function contactsIn(db: Db, handle: string): Knex.QueryBuilder {
  return db('contacts')
    .whereNull('contacts.archived_at')
    .whereIn('contacts.id', db('selection_items').where('selection_id', handle).select('subject_id'))
}

export async function countSelected(db: Db, handle: string): Promise<number> {
  const [row] = await contactsIn(db, handle).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** Which of these contacts are selected. */
export async function selectedAmong(db: Db, handle: string, ids: number[]): Promise<Set<number>> {
  const rows = await db('selection_items')
    .where({ selection_id: handle })
    .whereIn('subject_id', ids)
    .select<{ subject_id: number }[]>('subject_id')
  return new Set(rows.map(row => row.subject_id))
}

/** Selections are working notes: those untouched since `before` are forgotten. */
export async function forgetOldSelections(db: Db, before: number): Promise<void> {
  await db('selections').where('used_at', '<', before).delete()
}

async function newSelection(trx: Db, staff: Staff, now: number): Promise<string> {
  const id = newHandle()
  await trx('selections').insert({ id, staff_user_id: staff.id, list: 'contacts', created_at: now, used_at: now })
  return id
}

async function add(trx: Db, handle: string, contacts: Knex.QueryBuilder): Promise<void> {
  await insertFrom(
    trx,
    'selection_items',
    ['selection_id', 'subject_id'],
    contacts.select(trx.raw('?', [handle]), 'contacts.id'),
  )
}

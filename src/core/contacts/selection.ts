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
 * The handle with which a page of ticks works: the given one if it is this person's own, or nobody's yet, else a fresh one.
 * A handle is in the address before anything is ticked, so that going back keeps to the same selection.
 */
export async function handleFor(db: Db, staff: Staff, given: string | null): Promise<string> {
  if (!given) return newHandle()
  const row = await db('selections').where({ id: given }).first<{ staff_user_id: number } | undefined>('staff_user_id')
  return !row || row.staff_user_id === staff.id ? given : newHandle()
}

/** Takes the ticks of one page into a selection, which begins with the first tick, and returns its handle. */
export async function mergeTicks(
  db: Db,
  staff: Staff,
  given: string | null,
  ticks: Ticks,
  now: number,
): Promise<string> {
  const handle = await handleFor(db, staff, given)
  await db.transaction(async trx => {
    if (ticks.ticked.length > 0) await begin(trx, staff, handle, now)
    if (!(await ownSelection(trx, staff, handle))) return
    const unticked = ticks.shown.filter(shown => !ticks.ticked.includes(shown))
    await trx('selection_items').where({ selection_id: handle }).whereIn('subject_id', listed(trx, unticked)).delete()
    await add(trx, handle, contactsOf(trx, ticks.ticked))
    await trx('selections').where({ id: handle }).update({ used_at: now })
  })
  return handle
}

/** Adds every contact that matches and is not archived, as they are now, in one statement, and returns the handle. */
export async function selectMatching(
  db: Db,
  staff: Staff,
  given: string | null,
  filter: ContactFilter,
  now: number,
): Promise<string> {
  const handle = await handleFor(db, staff, given)
  await db.transaction(async trx => {
    await begin(trx, staff, handle, now)
    await add(trx, handle, contactsMatching(trx, filter, { text: 'at-first' }).whereNull('contacts.archived_at'))
    await trx('selections').where({ id: handle }).update({ used_at: now })
  })
  return handle
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
    .whereIn('subject_id', listed(db, ids))
    .select<{ subject_id: number }[]>('subject_id')
  return new Set(rows.map(row => row.subject_id))
}

/** Which of the contacts shown are selected, and how many are in all: nobody, where there is no selection yet. */
export async function ticksShown(db: Db, handle: string | null, shown: number[]) {
  if (!handle) return { ticked: new Set<number>(), selected: 0 }
  return { ticked: await selectedAmong(db, handle, shown), selected: await countSelected(db, handle) }
}

/** Selections are working notes: those untouched since `before` are forgotten. */
export async function forgetOldSelections(db: Db, before: number): Promise<void> {
  await db('selections').where('used_at', '<', before).delete()
}

async function begin(trx: Db, staff: Staff, handle: string, now: number): Promise<void> {
  await trx('selections')
    .insert({ id: handle, staff_user_id: staff.id, list: 'contacts', created_at: now, used_at: now })
    .onConflict('id')
    .ignore()
}

async function add(trx: Db, handle: string, contacts: Knex.QueryBuilder): Promise<void> {
  await insertFrom(
    trx,
    'selection_items',
    ['selection_id', 'subject_id'],
    contacts.select(trx.raw('?', [handle]), 'contacts.id'),
  )
}

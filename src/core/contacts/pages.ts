import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { portalWay, type ContactFilter } from './filter.ts'
import { partsInOrder, placeOf, type ContactSort, type Reading } from './order.ts'

/** Where a page lies in a list, and how many match in all. `page` counts from 1. */
export interface Stretch {
  page: number
  perPage: number
  total: number
}

/** A contact whose position in a list is known, counted from 0. */
export interface Known {
  id: number
  position: number
}

/** So many are sorted in no time; of more than that, an index is read in order until the page is full. */
const FEW = 1000

/** Of more than that, a page is full before the index could say who has a text. */
const RATHER_MANY = 20_000

/** Of more that are skipped, an index says sooner who is among them than each of them. */
const FAR = 1000

/** Which way a page is best read; a page read from somebody known on begins behind them at once. */
export interface From {
  behind: Known | null
  /** From the end, or from somebody known back to the beginning. */
  backwards: boolean
  skipped: number
}

/** Whether all that match are so few that they are best found at first, sorted once and kept as one list. */
export function isShort(filter: ContactFilter, total: number): boolean {
  const narrow = filter.text || filter.company || filter.portal || filter.state || filter.email
  return Boolean(narrow) && total > FEW && total <= RATHER_MANY
}

/** Everybody who matches, in order. For short lists. */
export async function allIds(db: Db, filter: ContactFilter, sort: ContactSort): Promise<number[]> {
  const reading = { few: true, text: 'at-first', portal: await portalWay(db, filter) } as const
  const ids: number[] = []
  for (const part of partsInOrder(db, filter, sort, reading)) ids.push(...(await idsOf(part)))
  return ids
}

/**
 * The ids of one page of the contacts that match; a page past the end is empty. Read from the nearest contact known.
 */
export async function orderedIds(
  db: Db,
  filter: ContactFilter,
  sort: ContactSort,
  { page, perPage, total }: Stretch,
  known: Known[] = [],
): Promise<number[]> {
  const offset = (page - 1) * perPage
  const count = Math.min(perPage, total - offset)
  if (count <= 0) return []
  const few = total <= FEW
  const from = nearest(offset, count, total, few ? [] : known)
  const far = from.skipped > FAR
  const reading: Reading = {
    few,
    portal: few ? await portalWay(db, filter) : far ? 'at-first' : 'in-each',
    text: total <= RATHER_MANY || far ? 'at-first' : 'in-each',
  }
  return idsFrom(db, { filter, sort, reading }, from, count)
}

export interface Asked {
  filter: ContactFilter
  sort: ContactSort
  reading: Reading
}

/** So many ids in the order of the list, read from one place on or back. */
export async function idsFrom(
  db: Db,
  { filter, sort, reading }: Asked,
  { behind, backwards, skipped }: From,
  count: number,
): Promise<number[]> {
  const place = behind && (await placeOf(db, sort.by, behind.id))
  if (behind && !place) return []
  const way = backwards ? { ...sort, descending: !sort.descending } : sort
  const parts = partsInOrder(db, filter, way, reading, place)
  const ids: number[] = []
  let offset = skipped
  for (const part of parts) {
    ids.push(...(await idsOf(part, offset, count - ids.length)))
    if (ids.length === count) break
    if (part !== parts.at(-1)) offset = ids.length > 0 ? 0 : offset - (await countOf(part))
  }
  return backwards ? ids.toReversed() : ids
}

/** The place from which the fewest have to be skipped: the beginning, the end, or somebody known. */
function nearest(offset: number, count: number, total: number, known: Known[]): From {
  const ways: From[] = [
    { behind: null, backwards: false, skipped: offset },
    { behind: null, backwards: true, skipped: total - offset - count },
  ]
  for (const one of known) {
    if (one.position < offset) ways.push({ behind: one, backwards: false, skipped: offset - one.position - 1 })
    else if (one.position >= offset + count)
      ways.push({ behind: one, backwards: true, skipped: one.position - offset - count })
  }
  return ways.reduce((best, way) => (way.skipped < best.skipped ? way : best))
}

async function idsOf(part: Knex.QueryBuilder, offset?: number, limit?: number): Promise<number[]> {
  const query = part.clone().select<{ id: number }[]>('contacts.id as id')
  if (offset !== undefined && limit !== undefined) void query.offset(offset).limit(limit)
  return (await query).map(row => row.id)
}

async function countOf(part: Knex.QueryBuilder): Promise<number> {
  const [row] = await part.clone().clearOrder().count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

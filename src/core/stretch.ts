import type { Knex } from 'knex'
import type { Db } from '../db/index.ts'

/*
 * How long lists are counted and paged without reading all that lies before: counted up to a point, and paged from the row
 * that a page lies beside.
 */

/** No more than this are counted: a list then says "more than". */
export const MOST_COUNTED = 10_000

/** How many there are, or `MOST_COUNTED` of `more` than that. */
export interface Counted {
  total: number
  more: boolean
}

/** Where a page lies. `page` counts from 1; `beside` is a row of the page right before it, or right after. */
export interface Stretch {
  page: number
  perPage: number
  beside: Beside | null
}

/** `after`: the page begins right after the row with this id; `before`: it ends right before it. */
export interface Beside {
  side: 'after' | 'before'
  id: number
}

/** The rows of one page, and whether there are any behind them. */
export interface Stretched<Row> {
  rows: Row[]
  next: boolean
}

/**
 * What a list is sorted by: expressions over its table that are never null, as an index has them. The id follows by itself, and
 * everything goes the same way.
 */
export interface ListOrder {
  table: string
  by: string[]
  descending: boolean
}

/** A condition in SQL, and what it binds. */
export interface Beyond {
  sql: string
  values: (string | number)[]
}

/** Counts what a query finds, and reads no further than it has to. */
export async function countedUpTo(db: Db, query: Knex.QueryBuilder, most = MOST_COUNTED): Promise<Counted> {
  const some = query
    .clone()
    .clearSelect()
    .select(db.raw('1'))
    .limit(most + 1)
  const [row] = await db.from(some.as('some')).count<{ total: number }[]>({ total: '*' })
  const total = row?.total ?? 0
  return { total: Math.min(total, most), more: total > most }
}

/** The ids of one page of what a query over the table finds. */
export async function stretchOfIds(
  db: Db,
  query: Knex.QueryBuilder,
  order: ListOrder,
  { page, perPage, beside }: Stretch,
): Promise<Stretched<number>> {
  const from = beside && (await placeOf(db, order, beside.id))
  if (!beside || !from) return forwards(await idsInOrder(query, order, perPage + 1, (page - 1) * perPage), perPage)
  const isBackwards = beside.side === 'before'
  const way = { ...order, descending: order.descending !== isBackwards }
  const { sql, values } = beyond([...order.by, `${order.table}.id`], from, way.descending)
  const found = await idsInOrder(query.clone().whereRaw(sql, values), way, perPage + 1, 0)
  if (!isBackwards) return forwards(found, perPage)
  return { rows: found.slice(0, perPage).toReversed(), next: true }
}

/** Rows that were read by their ids, in the order of the ids. */
export function inOrderOf<Row extends { id: number }>(ids: number[], rows: Row[]): Row[] {
  const byId = new Map(rows.map(row => [row.id, row]))
  return ids.flatMap(id => byId.get(id) ?? [])
}

function forwards(found: number[], perPage: number): Stretched<number> {
  return { rows: found.slice(0, perPage), next: found.length > perPage }
}

async function idsInOrder(
  query: Knex.QueryBuilder,
  { table, by, descending }: ListOrder,
  limit: number,
  offset: number,
): Promise<number[]> {
  const way = descending ? 'desc' : 'asc'
  const rows = await query
    .clone()
    .orderByRaw([...by, `${table}.id`].map(column => `${column} ${way}`).join(', '))
    .offset(offset)
    .limit(limit)
    .select<{ id: number }[]>(`${table}.id as id`)
  return rows.map(row => row.id)
}

/** What a row is sorted by, its id last; null when it is no longer there. */
async function placeOf(db: Db, { table, by }: ListOrder, id: number): Promise<(string | number)[] | null> {
  const columns = by.map((expression, n) => db.raw(`${expression} as ??`, [`by${String(n)}`]))
  const row = await db(table)
    .where(`${table}.id`, id)
    .first<Record<string, string | number> | undefined>(...columns, `${table}.id as id`)
  return row ? [...by.map((_, n) => row[`by${String(n)}`] ?? ''), id] : null
}

/** The condition that a row lies behind these values in the order of these columns. */
export function beyond(columns: string[], values: (string | number)[], descending: boolean): Beyond {
  return { sql: `(${columns.join(', ')}) ${descending ? '<' : '>'} (${values.map(() => '?').join(', ')})`, values }
}

import type { Knex } from 'knex'
import { isPostgres, type Db } from './index.ts'

/*
 * Thousands of rows in one statement with one bound value, a JSON text: no limit on variables or compound selects,
 * and no statement that grows with the data. What is the same in all rows is bound once beside it, and not read in each.
 */

export type BulkRow = Record<string, string | number | boolean | null>

/**
 * So many rows may make a table large that was small when PostgreSQL planned how to look into it for foreign keys, and it
 * keeps to such a plan: each row would read all of that table.
 */
const MANY = 100

/** Inserts all rows with the named columns in one statement. Rows lack no column; an empty list does nothing. */
export async function insertMany(trx: Db, table: string, columns: string[], rows: BulkRow[]): Promise<void> {
  if (rows.length === 0) return
  if (isPostgres(trx) && rows.length >= MANY) await trx.raw('discard plans')
  await trx.raw(`insert into ?? (${marks(columns)}) select ${marks(columns)} from ?`, [
    table,
    ...columns,
    ...columns,
    recordset(trx, table, columns, rows),
  ])
}

/**
 * Inserts what a query selects, in the order of `columns`; rows that would break a unique rule are left out. Returns how
 * many were inserted. The query needs a `where`: SQLite cannot read the statement without one.
 */
export async function insertFrom(trx: Db, table: string, columns: string[], query: Knex.QueryBuilder): Promise<number> {
  const { sql, bindings } = query.toSQL()
  const answer: unknown = await trx.raw(`insert into ?? (${marks(columns)}) ${sql} on conflict do nothing`, [
    table,
    ...columns,
    ...(bindings as string[]),
  ])
  return isPostgres(trx) ? (answer as { rowCount: number }).rowCount : changedRows(trx)
}

/** Sets the named columns of the rows with the given ids in one statement. Each row carries `id` and every column. */
export async function updateMany(trx: Db, table: string, columns: string[], rows: BulkRow[]): Promise<void> {
  if (rows.length === 0) return
  const assignments = columns.map(() => '?? = ??').join(', ')
  const names = columns.flatMap(column => [column, `changed.${column}`])
  await trx.raw(`update ?? set ${assignments} from ? where ?? = ??`, [
    table,
    ...names,
    recordset(trx, table, ['id', ...columns], rows, 'changed'),
    `${table}.id`,
    'changed.id',
  ])
}

/**
 * Locks the rows that a query with a lock selects, in its order, and reads none of them. On SQLite all changes wait for each
 * other anyway.
 */
export async function hold(trx: Db, rows: Knex.QueryBuilder): Promise<void> {
  if (isPostgres(trx)) await trx.from(rows.as('held')).count({ held: '*' })
}

/** The ids as a subquery for `whereIn`, however many there are. */
export function listed(db: Db, ids: readonly number[]): Knex.QueryBuilder {
  return values(db, JSON.stringify(ids), 'value::bigint')
}

/** The texts as a subquery for `whereIn`, however many there are. */
export function listedTexts(db: Db, texts: readonly string[]): Knex.QueryBuilder {
  return values(db, JSON.stringify(texts), 'value')
}

/** `count` ids that nobody else will use, in order, for rows that are then inserted with their id. */
export async function reserveIds(trx: Db, table: string, count: number): Promise<number[]> {
  if (count === 0) return []
  if (isPostgres(trx)) {
    const { rows } = (await trx.raw('select nextval(pg_get_serial_sequence(?, ?)) as id from generate_series(1, ?)', [
      table,
      'id',
      count,
    ])) as { rows: { id: number }[] }
    return rows.map(row => row.id)
  }
  const last = (await trx('sqlite_sequence').where({ name: table }).first('seq')) as { seq: number } | undefined
  return Array.from({ length: count }, (_, index) => (last?.seq ?? 0) + 1 + index)
}

function values(db: Db, json: string, onPostgres: string): Knex.QueryBuilder {
  if (!isPostgres(db)) return db.select('value').from(db.raw('json_each(?)', [json]))
  return db.select(db.raw(onPostgres)).from(db.raw('json_array_elements_text(?::json)', [json]))
}

async function changedRows(trx: Db): Promise<number> {
  const [row] = (await trx.raw('select changes() as changed')) as { changed: number }[]
  return row?.changed ?? 0
}

function recordset(trx: Db, table: string, columns: string[], rows: BulkRow[], alias = 'given'): Knex.Raw {
  const isSame = (column: string): boolean => rows.every(row => row[column] === rows[0]?.[column])
  const same = columns.filter(isSame)
  const others = columns.filter(column => !same.includes(column))
  if (isPostgres(trx)) {
    const [base, each] = [JSON.stringify(rows[0] ?? {}, same), JSON.stringify(rows, others)]
    return trx.raw('json_populate_recordset(json_populate_record(null::??, ?::json), ?::json) as ??', [
      table,
      base,
      each,
      alias,
    ])
  }
  const picked = others.map((_, index) => `json_extract(value, '$[${String(index)}]') as ??`)
  // The driver gives large numbers as if they had fractions.
  const bound = same.map(column => (Number.isInteger(rows[0]?.[column]) ? 'cast(? as integer) as ??' : '? as ??'))
  const lists = JSON.stringify(rows.map(row => others.map(column => row[column] ?? null)))
  return trx.raw(`(select ${[...picked, ...bound].join(', ')} from json_each(?)) as ??`, [
    ...others,
    ...same.flatMap(column => [rows[0]?.[column] ?? null, column]),
    lists,
    alias,
  ])
}

function marks(columns: string[]): string {
  return columns.map(() => '??').join(', ')
}

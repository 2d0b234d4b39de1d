import type { Knex } from 'knex'
import { isPostgres, type Db } from './index.ts'
import { nameOf } from './named-statements.ts'

/**
 * The rows of a statement that is text already, with a `?` for each value: for what every page asks, where putting a query
 * together would take as long as finding its answer.
 */
export async function rowsOf<Row>(db: Db, sql: string, values: (string | number)[]): Promise<Row[]> {
  const name = isPostgres(db) ? nameOf(sql) : null
  const asked = db.raw(sql, values)
  const answer: unknown = await (name === null ? asked : asked.options({ name }))
  return Array.isArray(answer) ? (answer as Row[]) : (answer as { rows: Row[] }).rows
}

/** The least that these rows have in a column; null without a row. */
export async function earliest(rows: Knex.QueryBuilder, column: string): Promise<number | null> {
  const row = await rows.min<{ moment: number | null } | undefined>({ moment: column }).first()
  return row?.moment ?? null
}

/** A list as one column: PostgreSQL reads JSON for us, and has none for nobody. */
export type Json<List extends unknown[]> = string | List | null

export function listIn<List extends unknown[]>(column: Json<List>): List {
  return typeof column === 'string' ? (JSON.parse(column) as List) : (column ?? ([] as unknown[] as List))
}

/**
 * What makes a list of values, and what a list of the lists of all rows: one answer in one piece is handed over
 * soonest.
 */
export function jsonWords(db: Db): { list: string; all: string } {
  return isPostgres(db)
    ? { list: 'json_build_array', all: 'json_agg' }
    : { list: 'json_array', all: 'json_group_array' }
}

/** A query and what its columns are called, in their order. */
export interface Question {
  query: Knex.QueryBuilder
  columns: readonly string[]
}

/**
 * The rows that several queries find, in one statement and so of one moment: going to the database takes longer than finding
 * a few rows there.
 */
export async function together<Found extends Record<string, object>>(
  db: Db,
  questions: Record<keyof Found & string, Question>,
): Promise<{ [Name in keyof Found]: Found[Name][] }> {
  const { list, all } = jsonWords(db)
  const asked = Object.entries<Question>(questions).map(([name, { query, columns }]) => {
    const { sql, bindings } = query.toSQL()
    const values = columns.map(column => `one."${column}"`).join(', ')
    return { name, columns, bindings, sql: `(select ${all}(${list}(${values})) from (${sql}) as one) as "${name}"` }
  })
  const [row] = await rowsOf<Record<string, Json<unknown[][]>>>(
    db,
    `select ${asked.map(one => one.sql).join(', ')}`,
    asked.flatMap(one => one.bindings as string[]),
  )
  return Object.fromEntries(
    asked.map(({ name, columns }) => [
      name,
      listIn(row?.[name] ?? null).map(values => Object.fromEntries(columns.map((column, at) => [column, values[at]]))),
    ]),
  ) as { [Name in keyof Found]: Found[Name][] }
}

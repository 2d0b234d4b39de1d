import { BarePostgres } from './bare-postgres.ts'
import { BareSqlite } from './bare-sqlite.ts'
import { engineOf, type Engine } from './engine.ts'

export type Value = string | number | boolean | null

/** The driver with nothing between. Values stand for the question marks of a statement. */
export interface Bare {
  engine: Engine
  run(sql: string): Promise<void>
  all<Row>(sql: string, values?: Value[]): Promise<Row[]>
  /** Inserts rows with a prepared statement. */
  insert(table: string, columns: string[], rows: Value[][]): Promise<void>
  close(): Promise<void>
}

export async function openBare(url: string): Promise<Bare> {
  return engineOf(url) === 'postgres' ? BarePostgres.open(url) : new BareSqlite(url.replace(/^sqlite:/, ''))
}

/** How many rows each of these tables has. */
export async function rowsIn<Table extends string>(url: string, tables: Table[]): Promise<Record<Table, number>> {
  const db = await openBare(url)
  const counts = {} as Record<Table, number>
  for (const table of tables) {
    const [row] = await db.all<{ total: number | string }>(`select count(*) as total from ${table}`)
    counts[table] = Number(row?.total ?? 0)
  }
  await db.close()
  return counts
}

/**
 * Takes away what the application keeps up to date by itself with every row: triggers, and on PostgreSQL the indexes of
 * trigrams. A floor without them does only what has to be done, and the ratio does not flatter.
 */
export async function withoutUpkeep(db: Bare): Promise<void> {
  const { triggers, indexes } = UPKEEP[db.engine]
  for (const { name, on } of await db.all<{ name: string; on: string }>(triggers)) {
    await db.run(`drop trigger ${name}${db.engine === 'postgres' ? ` on ${on}` : ''}`)
  }
  for (const { name } of await db.all<{ name: string }>(indexes)) await db.run(`drop index ${name}`)
}

const UPKEEP = {
  sqlite: {
    triggers: `select name, tbl_name as "on" from sqlite_master where type = 'trigger'`,
    indexes: 'select name from sqlite_master where false',
  },
  postgres: {
    triggers: `select tgname as name, tgrelid::regclass::text as "on" from pg_trigger where not tgisinternal`,
    indexes: `select indexname as name from pg_indexes where schemaname = 'public' and indexdef like '% using gin %'`,
  },
}

import type { Knex } from 'knex'

/** Where a SQLite database lies; null for PostgreSQL. */
export function fileOf(db: Knex): string | null {
  const { connection } = (db.client as { config: { connection: { filename?: string } } }).config
  return connection.filename ?? null
}

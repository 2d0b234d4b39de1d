import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import knexFactory, { type Knex } from 'knex'
import type * as pg from 'pg'
import { LONGEST_LOCK_MS } from './locks.ts'
import { MigrationFiles } from './migrate.ts'
import { PorticoSqlite } from './sqlite-client.ts'

/** A connection pool or an open transaction: queries take either. */
export type Db = Knex

const require = createRequire(import.meta.url)

interface PostgresConnection {
  query(sql: string, done: (error: Error | null) => void): void
}

interface SqliteConnection {
  exec(sql: string, done: (error: Error | null) => void): void
}

/** To so many bytes the log of SQLite is cut when what stood in it is in the database. */
const LOG_BYTES = 16 * 1_048_576

const PRAGMAS = [
  'journal_mode=WAL',
  `journal_size_limit=${String(LOG_BYTES)}`,
  'synchronous=FULL', // a lost commit would mean a mail sent without its record
  'foreign_keys=ON',
  `busy_timeout=${String(LONGEST_LOCK_MS)}`,
  'case_sensitive_like=ON', // we compare normalised text with normalised text, as PostgreSQL does
  'cache_size=-8000', // for each of four connections: what is not in it is in memory of the system still
]

/** Opens SQLite (`sqlite:path`) or PostgreSQL (`postgres://…`). */
export function openDb(url: string): Db {
  return isPostgresUrl(url) ? openPostgres(url) : openSqlite(url.replace(/^sqlite:/, ''))
}

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:/.test(url)
}

/** Whether this database is PostgreSQL: for the few statements the two engines spell differently. */
export function isPostgres(db: Db): boolean {
  return (db.client as { dialect: string }).dialect === 'postgresql'
}

/** Whether an error is the database refusing a duplicate, on either engine and driver. */
export function isUniqueViolation(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  return (
    code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || (code === 'SQLITE_CONSTRAINT' && /UNIQUE/.test(message))
  )
}

/**
 * SQLite gives up when somebody else writes all the time; PostgreSQL undoes one of two who stand in each other's way.
 */
const BUSY = ['SQLITE_BUSY', '40P01', '40001', '55P03']

/** Whether an error is only that others were in the way: nothing was changed, and later it will do. */
export function isBusy(error: unknown): boolean {
  return BUSY.includes(String((error as { code?: unknown } | null)?.code))
}

/** PostgreSQL is restarting, or the line to it is cut. */
const AWAY =
  /^(57P0[123]|08\w{3}|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/
/** What the driver says of a line that was cut, without a code. */
const CUT = /Connection terminated|Connection ended unexpectedly|connection error and is not queryable/

/** Whether an error is only that the database cannot be reached, or that nobody let go of a line to it in time. */
export function isAway(error: unknown): boolean {
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: unknown; message?: unknown }
  return AWAY.test(String(code)) || name === 'KnexTimeoutError' || (code === undefined && CUT.test(String(message)))
}

function openPostgres(url: string): Db {
  const { types } = require('pg') as typeof pg // an office on SQLite never loads it
  types.setTypeParser(types.builtins.INT8, Number) // count(*) and bigint come back as numbers on both engines
  return knexFactory({
    client: 'pg',
    connection: url,
    pool: {
      min: 0,
      max: 10,
      afterCreate(connection: PostgresConnection, done: (error: Error | null, connection: PostgresConnection) => void) {
        connection.query(`set lock_timeout = ${String(LONGEST_LOCK_MS)}`, error => done(error, connection))
      },
    },
    compileSqlOnError: false, // an error's text must not hold what was to be written
    log: { warn: warned },
    migrations: { migrationSource: new MigrationFiles() },
  })
}

/**
 * Who asked for a connection and got none is told, and says so: not once more for each. In place of a lost one a new one is
 * made.
 */
function warned(message: string): void {
  if (!/^(Acquire connection error|Connection Error: Connection ended)/.test(message)) console.warn(message)
}

function openSqlite(filename: string): Db {
  mkdirSync(path.dirname(path.resolve(filename)), { recursive: true })
  return knexFactory({
    client: PorticoSqlite,
    connection: { filename },
    useNullAsDefault: true,
    compileSqlOnError: false, // an error's text must not hold what was to be written
    migrations: { migrationSource: new MigrationFiles() },
    pool: {
      min: 1,
      max: 4, // with one, every page waits while an import holds its transaction
      afterCreate(connection: SqliteConnection, done: (error: Error | null, connection: SqliteConnection) => void) {
        connection.exec(PRAGMAS.map(pragma => `PRAGMA ${pragma};`).join(' '), error => done(error, connection))
      },
    },
  })
}

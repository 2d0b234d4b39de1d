import type { Knex } from 'knex'
import SqliteClient from 'knex/lib/dialects/sqlite3/index.js'
import SqliteTransaction from 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js'
import { forgetStatements, runPrepared, type Connection, type Query } from './sqlite-statements.ts'

/**
 * Takes the write lock at BEGIN, so that a transaction which reads first and writes later never fails half-way as busy.
 */
class ImmediateTransaction extends SqliteTransaction {
  override begin(connection: unknown): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE;')
  }
}

/**
 * SQLite as knex has it, but transactions wait at their beginning, and statements are prepared once for a connection.
 */
export class PorticoSqlite extends SqliteClient {
  override transaction(container: unknown, config: unknown, outer: unknown): Knex.Transaction {
    return new ImmediateTransaction(this, container, config, outer) as unknown as Knex.Transaction
  }

  override _query(connection: Connection, query: Query): Promise<Query> {
    const answer = runPrepared(connection, query)
    return query.sql === 'ROLLBACK' ? answer.catch((error: unknown) => unlessOver(error, query)) : answer
  }

  override destroyRawConnection(connection: Connection): Promise<void> {
    forgetStatements(connection)
    return super.destroyRawConnection(connection)
  }
}

/** When the disk fails, SQLite gives a transaction up by itself: what went wrong is that, and not that it is over. */
function unlessOver(error: unknown, query: Query): Query {
  if (error instanceof Error && error.message.includes('no transaction is active')) return { ...query, response: [] }
  throw error
}

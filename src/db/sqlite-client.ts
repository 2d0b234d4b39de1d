import type { Knex } from 'knex'
import SqliteClient, { type Builder, type Runner } from 'knex/lib/dialects/sqlite3/index.js'
import SqliteTransaction from 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js'
import { LONGEST_LOCK_MS } from './locks.ts'
import { forgetStatements, runPrepared, type Connection, type Query } from './sqlite-statements.ts'
import { WriterTurn } from './writer-turn.ts'

/**
 * Takes the write lock at BEGIN, so that a transaction which reads first and writes later never fails half-way as busy.
 */
class ImmediateTransaction extends SqliteTransaction {
  declare client: PorticoSqlite

  override _evaluateContainer(config: unknown, container: unknown): Promise<unknown> {
    return this.client.inTurn(() => super._evaluateContainer(config, container))
  }

  override begin(connection: unknown): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE;')
  }
}

/**
 * SQLite as knex has it, but transactions wait at their beginning, and statements are prepared once for a connection.
 */
export class PorticoSqlite extends SqliteClient {
  readonly #turn = new WriterTurn(LONGEST_LOCK_MS)

  /** Does what writes when no other of this process does; what is in a transaction has its turn already. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return #turn in this && !this.transacting ? this.#turn.during(work) : work()
  }

  override runner(builder: Builder): Runner {
    const runner = super.runner(builder)
    if (!writes(builder)) return runner
    const run = runner.run.bind(runner)
    runner.run = () => this.inTurn(run)
    return runner
  }

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

function writes({ _method = '', sql = '' }: Builder): boolean {
  return /^(insert|update|del|truncate)$/.test(_method) || /^\s*(insert|update|delete)\b/i.test(sql)
}

/** When the disk fails, SQLite gives a transaction up by itself: what went wrong is that, and not that it is over. */
function unlessOver(error: unknown, query: Query): Query {
  if (error instanceof Error && error.message.includes('no transaction is active')) return { ...query, response: [] }
  throw error
}

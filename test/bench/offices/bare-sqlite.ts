import sqlite3 from 'sqlite3'
import type { Bare, Value } from './bare.ts'

/** The settings that the application gives its connections. */
const PRAGMAS = ['journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON', 'busy_timeout=5000', 'cache_size=-16000']

export class BareSqlite implements Bare {
  readonly engine = 'sqlite'
  readonly #connection: sqlite3.Database

  constructor(file: string) {
    this.#connection = new sqlite3.Database(file)
    this.#connection.serialize()
    this.#connection.exec(PRAGMAS.map(pragma => `PRAGMA ${pragma};`).join(' '))
  }

  run(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#connection.run(sql, error => (error ? reject(error) : resolve()))
    })
  }

  all<Row>(sql: string, values: Value[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#connection.all<Row>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows)))
    })
  }

  /** A statement for each row; a call here costs next to nothing. */
  insert(table: string, columns: string[], rows: Value[][]): Promise<void> {
    const sql = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
    return new Promise((resolve, reject) => {
      let failure: Error | null = null
      const note = (error: Error | null): void => void (failure ??= error)
      const statement = this.#connection.prepare(sql, note)
      for (const values of rows) statement.run(values, note)
      statement.finalize(error => ((failure ?? error) ? reject(failure ?? error) : resolve()))
    })
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#connection.close(error => (error ? reject(error) : resolve()))
    })
  }
}

import sqlite3 from 'sqlite3'

/** The settings that the application gives its connections. */
const PRAGMAS = ['journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON', 'busy_timeout=5000', 'cache_size=-16000']

export type Value = string | number | null

/** The driver with nothing between: a connection on which to run prepared statements. */
export class BareSqlite {
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

  /** Runs a prepared statement with each of the lists of values. */
  insert(sql: string, all: Value[][]): Promise<void> {
    return new Promise((resolve, reject) => {
      let failure: Error | null = null
      const note = (error: Error | null): void => void (failure ??= error)
      const statement = this.#connection.prepare(sql, note)
      for (const values of all) statement.run(values, note)
      statement.finalize(error => ((failure ?? error) ? reject(failure ?? error) : resolve()))
    })
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#connection.close(error => (error ? reject(error) : resolve()))
    })
  }
}

/** How many rows each of these tables has. */
export async function rowsIn<Table extends string>(file: string, tables: Table[]): Promise<Record<Table, number>> {
  const db = new BareSqlite(file)
  const counts = {} as Record<Table, number>
  for (const table of tables) {
    const [row] = await db.all<{ total: number }>(`select count(*) as total from ${table}`)
    counts[table] = row?.total ?? 0
  }
  await db.close()
  return counts
}

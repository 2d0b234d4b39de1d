import { Client } from 'pg'
import type { Bare, Value } from './bare.ts'

/** A statement for one row would wait for the server each time; so many at once is what anybody would send. */
const ROWS_A_STATEMENT = 200

export class BarePostgres implements Bare {
  readonly engine = 'postgres'
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  static async open(url: string): Promise<BarePostgres> {
    const client = new Client({ connectionString: url })
    await client.connect()
    return new BarePostgres(client)
  }

  async run(sql: string): Promise<void> {
    await this.#client.query(sql)
  }

  async all<Row>(sql: string, values: Value[] = []): Promise<Row[]> {
    let place = 0
    const numbered = sql.replaceAll('?', () => `$${String((place += 1))}`)
    return (await this.#client.query(numbered, values)).rows as Row[]
  }

  async insert(table: string, columns: string[], rows: Value[][]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
      const some = rows.slice(from, from + ROWS_A_STATEMENT)
      const marks = (row: number): string =>
        columns.map((_, column) => `$${String(row * columns.length + column + 1)}`).join(', ')
      const text = `insert into ${table} (${columns.join(', ')}) values ${some.map((_, row) => `(${marks(row)})`).join(', ')}`
      await this.#client.query({ name: `${table} ${String(some.length)}`, text, values: some.flat() })
    }
  }

  async close(): Promise<void> {
    await this.#client.end()
  }
}

import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import { insertMany, type BulkRow } from './bulk.ts'
import type { Db } from './index.ts'

const AT_ONCE = 1000
const MOD = 2n ** 128n

/** One table of both engines, with the columns that are written: what the database works out itself is left out. */
export interface MovedTable {
  name: string
  columns: string[]
  booleans: Set<string>
}

/** How one table compares: rows on either side, and whether the rows are the same, in whatever order. */
export interface Compared {
  table: string
  from: number
  to: number
  same: boolean
}

/** The tables of a PostgreSQL database that was brought up to date, in order of their names. */
export async function movedTables(to: Db): Promise<MovedTable[]> {
  const { rows } = (await to.raw(`
    select c.table_name as "table", c.column_name as "column", c.data_type as type
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.table_name not like 'knex_%'
      and c.is_generated = 'NEVER'
    order by c.table_name, c.ordinal_position`)) as { rows: { table: string; column: string; type: string }[] }
  const tables = new Map<string, MovedTable>()
  for (const { table, column, type } of rows) {
    const one = tables.get(table) ?? { name: table, columns: [], booleans: new Set() }
    one.columns.push(column)
    if (type === 'boolean') one.booleans.add(column)
    tables.set(table, one)
  }
  return [...tables.values()]
}

/** The tables that hold rows. */
export async function filledTables(db: Db, tables: MovedTable[]): Promise<string[]> {
  const filled: string[] = []
  for (const { name } of tables) if (await db(name).first(db.raw('1 as one'))) filled.push(name)
  return filled
}

/**
 * Copies every row of a SQLite database, as it is at one moment, into the tables of an empty PostgreSQL database, all or
 * nothing. Rows that its migrations have put there make way.
 */
export async function moveRows(from: Db, to: Db, tables: MovedTable[]): Promise<void> {
  await atOneMoment(from, async read => {
    await to.transaction(async trx => {
      const links = await takeLinksAway(trx)
      for (const { name } of tables) await trx.raw('alter table ?? disable trigger user', [name])
      await trx.raw(
        `truncate ${tables.map(() => '??').join(', ')}`,
        tables.map(({ name }) => name),
      )
      for (const table of tables) {
        for await (const rows of sqliteRows(read, table))
          await insertMany(
            trx,
            table.name,
            table.columns,
            rows.map(row => asPostgres(table, row)),
          )
        await goOnCounting(read, trx, table)
      }
      for (const { name } of tables) await trx.raw('alter table ?? enable trigger user', [name])
      for (const { table, name, said } of links)
        await trx.raw(`alter table ?? add constraint ?? ${said}`, [table, name])
    })
  })
}

/** Counts and fingerprints of each table on both sides, each side as it is at one moment. */
export async function comparedTables(from: Db, to: Db, tables: MovedTable[]): Promise<Compared[]> {
  const compared: Compared[] = []
  await atOneMoment(from, async read => {
    await to.transaction(
      async trx => {
        for (const table of tables) {
          const one = await fingerprint(table, sqliteRows(read, table))
          const other = await fingerprint(table, postgresRows(trx, table))
          compared.push({ table: table.name, from: one.rows, to: other.rows, same: one.sum === other.sum })
        }
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    )
  })
  return compared
}

type Row = Record<string, string | number | boolean | null>
type Read = (sql: string, bindings: (string | number)[]) => Promise<unknown[]>

/** Reads go through one connection, inside one transaction that sees one state of the database. */
async function atOneMoment(db: Db, work: (read: Read) => Promise<void>): Promise<void> {
  const client = db.client as { acquireConnection(): Promise<unknown>; releaseConnection(one: unknown): Promise<void> }
  const connection = await client.acquireConnection()
  const run = (sql: string, bindings: (string | number)[] = []): Promise<unknown> =>
    Promise.resolve(db.raw(sql, bindings).connection(connection))
  try {
    await run('begin')
    await work(async (sql, bindings) => (await run(sql, bindings)) as unknown[])
  } finally {
    await run('rollback').catch(() => undefined)
    await client.releaseConnection(connection)
  }
}

async function* sqliteRows(read: Read, { name, columns }: MovedTable): AsyncGenerator<Row[]> {
  for (let after = 0; ;) {
    const picked = columns.map(() => '??').join(', ')
    const sql = `select rowid as "rowid of all", ${picked} from ?? where rowid > ? order by rowid limit ?`
    const rows = (await read(sql, [...columns, name, after, AT_ONCE])) as Row[]
    if (rows.length === 0) return
    yield rows
    after = Number(rows.at(-1)?.['rowid of all'])
  }
}

async function* postgresRows(trx: Db, { name, columns }: MovedTable): AsyncGenerator<Row[]> {
  const picked = columns.map(() => '??').join(', ')
  await trx.raw(`declare moved no scroll cursor for select ${picked} from ??`, [...columns, name])
  for (;;) {
    const { rows } = (await trx.raw(`fetch ${String(AT_ONCE)} from moved`)) as { rows: Row[] }
    if (rows.length === 0) break
    yield rows
  }
  await trx.raw('close moved')
}

function asPostgres({ columns, booleans }: MovedTable, row: Row): BulkRow {
  return Object.fromEntries(
    columns.map(column => {
      const value = row[column] ?? null
      return [column, booleans.has(column) && value !== null ? Boolean(value) : value]
    }),
  )
}

/** The sum of what every row is hashed to: the same for the same rows in any order. */
async function fingerprint(table: MovedTable, batches: AsyncIterable<Row[]>): Promise<{ rows: number; sum: bigint }> {
  let rows = 0
  let sum = 0n
  for await (const batch of batches) {
    rows += batch.length
    for (const row of batch) {
      const plain = JSON.stringify(table.columns.map(column => plainValue(row[column] ?? null)))
      const hash = createHash('sha256').update(plain).digest('hex').slice(0, 32)
      sum = (sum + BigInt(`0x${hash}`)) % MOD
    }
  }
  return { rows, sum }
}

function plainValue(value: Row[string]): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'boolean' ? String(Number(value)) : String(value)
}

interface Link {
  table: string
  name: string
  said: string
}

/**
 * Rows refer to each other across tables, and within one: they are put in without order, and the links checked at the
 * end.
 */
async function takeLinksAway(trx: Knex): Promise<Link[]> {
  const { rows } = (await trx.raw(`
    select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as said from pg_constraint
    where contype = 'f' and connamespace = current_schema()::regnamespace`)) as { rows: Link[] }
  for (const { table, name } of rows) await trx.raw('alter table ?? drop constraint ??', [table, name])
  return rows
}

/** New rows get numbers that no row ever had, also none that is gone. */
async function goOnCounting(read: Read, trx: Db, { name, columns }: MovedTable): Promise<void> {
  if (!columns.includes('id')) return
  const { rows } = (await trx.raw('select pg_get_serial_sequence(?, ?) as sequence', [name, 'id'])) as {
    rows: { sequence: string | null }[]
  }
  const sequence = rows[0]?.sequence
  const [last] = (await read('select seq from sqlite_sequence where name = ?', [name])) as { seq: number }[]
  if (sequence && last && last.seq > 0) await trx.raw('select setval(?, ?)', [sequence, last.seq])
}

import knexFactory, { type Knex } from 'knex'
import { fileOf } from './file.ts'

/** The number of this lock among those of the database. */
const ALONE = 7_041_890
const LONGEST_WAIT_MS = 600_000

/**
 * Does the work while no other process does its own on this database; they wait. The lock goes with the process that has
 * it, however that ends.
 */
export function aloneIn<T>(db: Knex, work: () => Promise<T>): Promise<T> {
  const filename = fileOf(db)
  return filename === null ? aloneOnPostgres(db, work) : aloneAt(filename, work)
}

async function aloneOnPostgres<T>(db: Knex, work: () => Promise<T>): Promise<T> {
  const client = db.client as { acquireConnection(): Promise<unknown>; releaseConnection(one: unknown): Promise<void> }
  const connection = await client.acquireConnection()
  const say = (sql: string): Promise<unknown> => Promise.resolve(db.raw(sql).connection(connection))
  try {
    const [row] = ((await say("select current_setting('lock_timeout') as usual")) as { rows: { usual: string }[] }).rows
    await say(`set lock_timeout = ${String(LONGEST_WAIT_MS)}`)
    try {
      await say(`select pg_advisory_lock(${String(ALONE)})`)
    } finally {
      await say(`set lock_timeout = '${row?.usual ?? '0'}'`)
    }
    return await work()
  } finally {
    await say(`select pg_advisory_unlock(${String(ALONE)})`).catch(() => undefined) // with its connection the lock is gone as well
    await client.releaseConnection(connection)
  }
}

/**
 * The same where a SQLite database is, or is to be: the lock is one on an empty file beside it, and the database itself
 * stays free for the work.
 */
export async function aloneAt<T>(filename: string, work: () => Promise<T>): Promise<T> {
  const lock = knexFactory({
    client: 'sqlite3',
    connection: { filename: `${filename}.lock` },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  try {
    await lock.raw(`pragma busy_timeout = ${String(LONGEST_WAIT_MS)}`)
    await lock.raw('begin exclusive')
    return await work()
  } finally {
    await lock.destroy()
  }
}

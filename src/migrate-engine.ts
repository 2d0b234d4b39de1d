import { parseArgs } from 'node:util'
import { ConfigError, readPlaces } from './config.ts'
import { isPostgresUrl, openDb, type Db } from './db/index.ts'
import { migrate } from './db/migrate.ts'
import { comparedTables, filledTables, movedTables, moveRows } from './db/move.ts'
import { holdsPortico, sqliteFile } from './db/snapshot.ts'
import { sayWhyNot } from './start.ts'

const NO_SOURCE =
  'Nothing was copied: there is no installation at DATA_DIR. Give the DATA_DIR and DATABASE_URL that Portico is started with.'

/*
 * Moves this installation from SQLite to PostgreSQL: `npm run migrate:engine`, with MIGRATE_TO in the environment, or
 * `-- --to postgres://…` where the address holds no password. With `--check` nothing is copied, only compared.
 */
const opened: Db[] = []
try {
  const { values } = parseArgs({ options: { to: { type: 'string' }, check: { type: 'boolean', default: false } } })
  const { databaseUrl, migrateTo } = readPlaces(process.env)
  process.exitCode = (await moved(databaseUrl, values.to ?? migrateTo ?? '', values.check)) ? 0 : 1
} catch (error) {
  sayWhyNot(error)
} finally {
  for (const db of opened) await db.destroy()
}

/** Whether every table is the same on both sides in the end; prints how each compares. */
async function moved(source: string, target: string, onlyCheck: boolean): Promise<boolean> {
  if (isPostgresUrl(source)) throw new ConfigError('This installation is on PostgreSQL already: see DATABASE_URL.')
  if (!isPostgresUrl(target)) throw new ConfigError('Say where to: MIGRATE_TO=postgres://… npm run migrate:engine')
  if (!(await holdsPortico(sqliteFile(source)))) throw new ConfigError(NO_SOURCE)
  const [from, to] = [openDb(source), openDb(target)]
  opened.push(from, to)
  const isNew = !(await to.schema.hasTable('knex_migrations'))
  await migrate(from)
  await migrate(to)
  const tables = await movedTables(to)
  if (!onlyCheck) {
    const filled = isNew ? [] : await filledTables(to, tables)
    if (filled.length > 0)
      throw new ConfigError(
        `Nothing was copied: the database has rows already, in ${filled.join(', ')}. Give an empty one.`,
      )
    await moveRows(from, to, tables)
  }
  const compared = await comparedTables(from, to, tables)
  const width = Math.max(...compared.map(({ table }) => table.length))
  for (const { table, from: here, to: there, same } of compared) {
    const said = same ? 'the same' : 'DIFFERENT'
    console.log(`${table.padEnd(width)} ${String(here).padStart(10)} ${String(there).padStart(10)}  ${said}`)
  }
  const wrong = compared.filter(({ same }) => !same)
  console.log(
    wrong.length === 0
      ? '\nEvery table is the same. Set DATABASE_URL to the new database, keep DATA_DIR and APP_SECRET, and start Portico.'
      : `\nThese tables differ: ${wrong.map(({ table }) => table).join(', ')}. Stop Portico, empty the new database and try again.`,
  )
  return wrong.length === 0
}

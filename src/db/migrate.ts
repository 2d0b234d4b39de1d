import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Knex } from 'knex'
import { aloneIn } from './alone.ts'

const here = path.dirname(fileURLToPath(import.meta.url))

/** The database was brought up to date by a newer program than this one, which would not know what to write. */
export class NewerDatabase extends Error {}

/** Names carry no extension, so a database migrated from source (.ts) and one migrated by the build (.js) agree. */
export class MigrationFiles implements Knex.MigrationSource<string> {
  readonly #folder = path.join(here, '..', '..', 'migrations')

  async getMigrations(): Promise<string[]> {
    const files = await readdir(this.#folder)
    return files.filter(file => /^\d{14}_.*\.(ts|js)$/.test(file) && !file.endsWith('.d.ts')).toSorted()
  }

  getMigrationName(file: string): string {
    return file.replace(/\.(ts|js)$/, '')
  }

  async getMigration(file: string): Promise<Knex.Migration> {
    const { up, ...rest } = (await import(pathToFileURL(path.join(this.#folder, file)).href)) as Knex.Migration
    return { ...rest, up: db => patiently(db, up) }
  }
}

/** Those in the way of a step come to their end, and a program that does not start helps nobody. */
async function patiently(db: Knex, step: (db: Knex) => PromiseLike<unknown>): Promise<void> {
  if ((db.client as { dialect: string }).dialect === 'postgresql') await db.raw('set local lock_timeout = 0')
  await step(db)
}

/**
 * Brings the tables up to date; safe to call at every start, by any number of processes at once: one does it, the others
 * wait. Each step is a transaction, so one that was killed is done again. Returns the names of what ran.
 */
export function migrate(db: Knex): Promise<string[]> {
  return aloneIn(db, async () => {
    await refuseNewer(db)
    await db.migrate.forceFreeMigrationsLock() // nobody else is here: it was left behind by a process that was killed
    const [, ran] = (await db.migrate.latest()) as [number, string[]]
    return ran
  })
}

/** Throws NewerDatabase when the database has steps that this program does not know. */
async function refuseNewer(db: Knex): Promise<void> {
  if (!(await db.schema.hasTable('knex_migrations'))) return
  const files = new MigrationFiles()
  const known = new Set((await files.getMigrations()).map(file => files.getMigrationName(file)))
  const done = await db('knex_migrations').orderBy('id').pluck<string[]>('name')
  const unknown = done.filter(name => !known.has(name))
  if (unknown.length === 0) return
  throw new NewerDatabase(
    `The database belongs to a newer Portico: it knows “${unknown.at(-1) ?? ''}”, which this one does not. Start the newer one, or restore the backup made before it.`,
  )
}

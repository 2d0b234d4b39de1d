import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Knex } from 'knex'

const here = path.dirname(fileURLToPath(import.meta.url))

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
    return (await import(pathToFileURL(path.join(this.#folder, file)).href)) as Knex.Migration
  }
}

/** Brings the tables up to date; safe to call at every start. Returns the names of what ran. */
export async function migrate(db: Knex): Promise<string[]> {
  const [, ran] = (await db.migrate.latest()) as [number, string[]]
  return ran
}

import { MigrationFiles } from '../../src/db/migrate.ts'
import { emptyDatabase } from '../support/engine.ts'
import { broken } from './holds.ts'
import { done, type Report } from './report.ts'
import { aVictim, signedIn, type Kill } from './victim.ts'

/** Starts on a database without a table, and again after it died while it made them. */
export async function migrateUnder(kill: Kill): Promise<Report> {
  const victim = await aVictim([kill], {}, emptyDatabase)
  try {
    const staff = await signedIn(victim)
    await staff.open('/staff/contacts')
    const there = await victim.db('knex_migrations').orderBy('name').pluck<string[]>('name')
    const files = new MigrationFiles()
    const wanted = (await files.getMigrations()).map(file => files.getMigrationName(file))
    const wrong =
      there.join() === wanted.join() ? [] : [`${String(there.length)} steps are done of ${String(wanted.length)}`]
    return await done(victim, [...wrong, ...(await broken(victim.db, victim.config))])
  } finally {
    await victim.end()
  }
}

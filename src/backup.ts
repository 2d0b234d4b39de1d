import path from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError, readPlaces } from './config.ts'
import { backUp } from './core/operations/backup.ts'
import { isPostgresUrl } from './db/index.ts'
import { sayWhyNot } from './start.ts'

const WHY_NOT = {
  'no-installation':
    'there is no installation at DATA_DIR. Give the DATA_DIR and DATABASE_URL that Portico is started with.',
  'not-empty': 'that folder is not empty. Give each backup a folder of its own.',
  within: 'that folder is within the files to be written. Give one elsewhere.',
  broken: 'the database is broken, and a backup of it could not be restored. Keep the one you have.',
}

const missingWords = (missing: number | null): string =>
  missing === null
    ? 'Whether each document is in it is not known: the database did not answer.'
    : `It is not whole: ${String(missing)} of the documents are not at DATA_DIR. Is it the one that Portico is started with?`

/* Writes a backup while Portico runs: `npm run backup -- --to folder`. */
try {
  const { values } = parseArgs({ options: { to: { type: 'string' } } })
  if (!values.to) throw new ConfigError('Say where to: npm run backup -- --to /backups/2026-11-22')
  const config = readPlaces(process.env)
  const folder = path.resolve(values.to)
  const done = await backUp(config, folder)
  if (!done.ok) throw new ConfigError(`Nothing was written to ${folder}: ${WHY_NOT[done.error]}`)
  const database = isPostgresUrl(config.databaseUrl)
    ? 'The files are in it; the database is not: pg_dump writes that, and has to come first.'
    : 'The database and the files are in it.'
  const bucket = config.bucket ? ' Documents lie in the bucket: its provider keeps copies of it.' : ''
  const apart = done.value.secret
    ? ' app-secret is in it too: whoever has this backup can open all that is sealed. Keep it as safe as the office itself.'
    : ' Keep APP_SECRET elsewhere: without it nothing sealed can be opened.'
  console.log(`The backup is in ${folder}. ${database}${bucket}${apart}`)
  if (done.value.missing !== 0) throw new ConfigError(missingWords(done.value.missing))
} catch (error) {
  sayWhyNot(error)
}

import path from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from './config.ts'
import { makeCopy, restore } from './core/operations/backup.ts'
import { isPostgresUrl } from './db/index.ts'
import { sayWhyNot } from './start.ts'

const WHY_NOT = {
  'no-backup': 'Nothing was restored: there is no backup in that folder.',
  broken: 'Nothing was restored: the backup is broken, or was not finished. Take another backup.',
  installation:
    'Nothing was restored: there is an installation already. Give an empty DATA_DIR, and nothing of another database in it (-wal, -shm).',
}

/* Makes an installation from a backup, with its mail paused: `npm run restore -- --from folder`. */
try {
  const { values } = parseArgs({ options: { from: { type: 'string' } } })
  const config = readConfig(process.env)
  if (!values.from && !isPostgresUrl(config.databaseUrl))
    throw new ConfigError('Say where from: npm run restore -- --from /backups/2026-11-22')
  if (values.from) {
    const done = await restore(config, path.resolve(values.from), Date.now())
    if (!done.ok) throw new ConfigError(WHY_NOT[done.error])
  } else await makeCopy(config, Date.now())
  console.log('Restored. No mail leaves until an administrator presses “Send waiting mail” in Settings, Outbox.')
} catch (error) {
  sayWhyNot(error)
}

import { existsSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config.ts'
import { isPostgresUrl, openDb, type Db } from '../../db/index.ts'
import { mistakesIn, snapshot, sqliteFile } from '../../db/snapshot.ts'
import { pauseMail } from '../mail/pause.ts'
import { outdatePortalSessions } from '../portal-users/sign-in.ts'
import { ok, refused, type Result } from '../result.ts'
import { endEverySession } from '../sessions/rows.ts'
import { outdateStaffSessions } from '../team/accounts.ts'
import { becomeAnother } from './ownership.ts'

const DATABASE = 'portico.sqlite3'

/** What lies in DATA_DIR beside the database. What is only arriving is left out. */
const FOLDERS = ['documents', 'imports']
const SECRET = 'app-secret'

type BackupConfig = Pick<Config, 'dataDir' | 'databaseUrl'>

/**
 * Writes everything into a folder that is empty or not there yet, while Portico runs: first a SQLite database as it is at
 * one moment, then the files its rows speak of. A PostgreSQL database is left to pg_dump, which has to come first. Nobody but
 * the account that Portico runs as can read any of it. The answer says whether the secret of the data folder is in it.
 */
export async function backUp(
  db: Db,
  config: BackupConfig,
  folder: string,
): Promise<Result<{ secret: boolean }, 'not-empty'>> {
  if (await holdsFiles(folder)) return refused('not-empty')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700) // it may have been there; nobody else looks in while it is filled
  if (!isPostgresUrl(config.databaseUrl)) await snapshot(db, path.join(folder, DATABASE))
  await copyFiles(config.dataDir, folder)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await chmod(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600)
  return ok({ secret: existsSync(path.join(folder, SECRET)) })
}

/**
 * Puts a backup in the place of an installation that is not there yet, with its mail paused: what waited then may have been
 * sent since. Refused when there is 'no-backup' in the folder, when it is 'broken', or when there is an 'installation'
 * already. On PostgreSQL the database was filled by pg_restore before.
 */
export async function restore(
  config: BackupConfig,
  folder: string,
  now: number,
): Promise<Result<null, 'no-backup' | 'broken' | 'installation'>> {
  if (!(await holdsFiles(folder))) return refused('no-backup')
  if (await holdsFiles(path.join(config.dataDir, 'documents'))) return refused('installation')
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  if (isPostgresUrl(config.databaseUrl)) {
    await makeCopy(config, now)
    await copyFiles(folder, config.dataDir)
    return ok(null)
  }
  const file = sqliteFile(config.databaseUrl)
  const made = await preparedDatabase(path.join(folder, DATABASE), file, now)
  if (!made.ok) return made
  await copyFiles(folder, config.dataDir)
  await rename(made.value, file) // at the very end: until then there is nothing to start
  return ok(null)
}

/**
 * Makes an installation that does not run a copy, as after pg_restore: its mail is paused, no bucket is its own, and whoever was
 * signed in when the backup was made is not any more.
 */
export async function makeCopy(config: Pick<Config, 'databaseUrl'>, now: number): Promise<void> {
  const db = openDb(config.databaseUrl)
  try {
    await db.transaction(async trx => {
      await pauseMail(trx, now)
      await becomeAnother(trx)
      await endEverySession(trx)
      await outdateStaffSessions(trx)
      await outdatePortalSessions(trx)
    })
  } finally {
    await db.destroy()
  }
}

/** A copy beside the place of the database, looked through and with its mail paused; the answer is where it lies. */
async function preparedDatabase(
  from: string,
  file: string,
  now: number,
): Promise<Result<string, 'no-backup' | 'broken' | 'installation'>> {
  if (!existsSync(from)) return refused('no-backup')
  if (existsSync(file)) return refused('installation')
  const copy = `${file}.restoring`
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await copyFile(from, copy)
  const mistakes = await mistakesIn(copy).catch(() => ['it is no database'])
  if (mistakes.length > 0) {
    for (const ending of ['', '-wal', '-shm']) await rm(`${copy}${ending}`, { force: true })
    return refused('broken')
  }
  await makeCopy({ databaseUrl: `sqlite:${copy}` }, now)
  return ok(copy)
}

/** Nothing that is there already is written over, such as the secret that a first look at the settings has made. */
async function copyFiles(from: string, to: string): Promise<void> {
  for (const name of [...FOLDERS, SECRET]) {
    const place = path.join(from, name)
    const filter = (one: string): boolean => path.basename(one) !== 'arriving'
    if (existsSync(place)) await cp(place, path.join(to, name), { recursive: true, force: name === SECRET, filter })
  }
}

async function holdsFiles(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0
}

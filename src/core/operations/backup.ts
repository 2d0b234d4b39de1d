import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config.ts'
import { aloneAt } from '../../db/alone.ts'
import { isPostgresUrl, openDb } from '../../db/index.ts'
import { holdsPortico, isTaken, mistakesIn, removeDatabase, snapshot, sqliteFile } from '../../db/snapshot.ts'
import { countMissing } from '../documents/missing.ts'
import { diskStorage } from '../documents/storage.ts'
import { pauseMail } from '../mail/pause.ts'
import { outdatePortalSessions } from '../portal-users/sign-in.ts'
import { ok, refused, type Result } from '../result.ts'
import { endEverySession } from '../sessions/rows.ts'
import { outdateStaffSessions } from '../team/accounts.ts'
import { copyFiles, holdsFiles, holdsSecret, isCopied, removeFiles } from './copied-files.ts'
import { becomeAnother } from './ownership.ts'

const DATABASE = 'portico.sqlite3'

/** Lies in a backup until all of it is written: no other is written into the same folder, and it is not restored. */
const UNFINISHED = 'unfinished'

type BackupConfig = Pick<Config, 'dataDir' | 'databaseUrl'>

/**
 * What is to be said of a backup: whether the secret is in it, and how many contents of documents were nowhere to be found;
 * null when a database elsewhere did not say which there should be.
 */
export interface Written {
  secret: boolean
  missing: number | null
}

/**
 * Writes everything into a folder that is empty or not there yet, while Portico runs: first a SQLite database as it is at
 * one moment, then the files its rows speak of. A PostgreSQL database is left to pg_dump, which has to come first. Refused
 * when there is 'no-installation' to write, when its database is 'broken', and when the folder is 'not-empty' or 'within' what
 * is written; what was written until then is removed. Nobody else can read it.
 */
export async function backUp(
  config: BackupConfig & Pick<Config, 'bucket'>,
  folder: string,
): Promise<Result<Written, 'no-installation' | 'not-empty' | 'within' | 'broken'>> {
  const source = isPostgresUrl(config.databaseUrl) ? null : sqliteFile(config.databaseUrl)
  if (source !== null && !(await holdsPortico(source))) return refused('no-installation')
  if (isCopied(config.dataDir, folder)) return refused('within')
  if ((await holdsFiles(folder)) || !(await begun(folder))) return refused('not-empty')
  let done = false
  let missing: number | null = 0
  try {
    done = source === null || (await wholeSnapshot(source, path.join(folder, DATABASE)))
    if (done) await copyFiles(config.dataDir, folder, true)
    if (done && !config.bucket) missing = await missingFrom(config, folder)
  } catch (error) {
    done = false
    throw error
  } finally {
    if (!done) await removeBackup(folder)
    await rm(path.join(folder, UNFINISHED))
  }
  return done ? ok({ secret: holdsSecret(folder), missing }) : refused('broken')
}

/**
 * Puts a backup in the place of an installation that is not there yet, with its mail paused: what waited then may have been
 * sent since. Refused when there is 'no-backup' in the folder, when it is 'broken', or when there is an 'installation'
 * already, or what is left of its database. On PostgreSQL the database was filled by pg_restore before.
 */
export async function restore(
  config: BackupConfig,
  folder: string,
  now: number,
): Promise<Result<null, 'no-backup' | 'broken' | 'installation'>> {
  if (!(await holdsFiles(folder))) return refused('no-backup')
  if (existsSync(path.join(folder, UNFINISHED))) return refused('broken')
  if (await holdsFiles(path.join(config.dataDir, 'documents'))) return refused('installation')
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  if (isPostgresUrl(config.databaseUrl)) {
    await makeCopy(config, now)
    await copyFiles(folder, config.dataDir, false)
    return ok(null)
  }
  if (!existsSync(path.join(folder, DATABASE))) return refused('no-backup')
  const file = sqliteFile(config.databaseUrl)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  return aloneAt(file, () => restoreSqlite(config, folder, file, now)) // a Portico that is started meanwhile waits
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

/** What lies where it belongs, but not in the backup, came after it. */
async function missingFrom({ dataDir, databaseUrl }: BackupConfig, folder: string): Promise<number | null> {
  const db = openDb(databaseUrl)
  try {
    return await countMissing(db, [diskStorage({ dataDir: folder }), diskStorage({ dataDir })])
  } catch {
    return null // what was copied is worth keeping
  } finally {
    await db.destroy()
  }
}

async function restoreSqlite(
  config: BackupConfig,
  folder: string,
  file: string,
  now: number,
): Promise<Result<null, 'broken' | 'installation'>> {
  if (isTaken(file)) return refused('installation')
  const copy = `${file}.restoring`
  if (!(await preparedDatabase(path.join(folder, DATABASE), copy, now))) return refused('broken')
  await copyFiles(folder, config.dataDir, false)
  if (isTaken(file)) {
    await removeDatabase(copy)
    return refused('installation')
  }
  await rename(copy, file) // at the very end: until then there is nothing to start
  return ok(null)
}

/**
 * A copy beside the place of the database, looked through and with its mail paused. The answer is whether it is whole.
 */
async function preparedDatabase(from: string, copy: string, now: number): Promise<boolean> {
  await removeDatabase(copy) // left behind by a restore that was killed
  await copyFile(from, copy)
  if (!(await isWhole(copy))) {
    await removeDatabase(copy)
    return false
  }
  await makeCopy({ databaseUrl: `sqlite:${copy}` }, now)
  return true
}

/** Whether the folder is ours alone now, with nobody else writing a backup into it. */
async function begun(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700) // it may have been there for all
  try {
    await writeFile(path.join(folder, UNFINISHED), '', { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function wholeSnapshot(source: string, file: string): Promise<boolean> {
  await snapshot(source, file)
  await chmod(file, 0o600)
  return isWhole(file)
}

async function isWhole(file: string): Promise<boolean> {
  return (await mistakesIn(file).catch(() => ['it is no database'])).length === 0
}

async function removeBackup(folder: string): Promise<void> {
  await removeDatabase(path.join(folder, DATABASE))
  await removeFiles(folder)
}

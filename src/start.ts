import pino, { type Logger } from 'pino'
import { ConfigError, type Config } from './config.ts'
import { bucketOf, StoreAway } from './core/bucket.ts'
import { tidyUp } from './core/housekeeping.ts'
import { kinds } from './core/jobs/kinds.ts'
import { startWorker, type Worker } from './core/jobs/worker.ts'
import { askToSend } from './core/mail/outbox.ts'
import { createPasswords, type Passwords } from './core/passwords.ts'
import { openDb, type Db } from './db/index.ts'
import { logSize } from './db/log-size.ts'
import { migrate, NewerDatabase } from './db/migrate.ts'
import { logLines } from './log.ts'

const TIDY_EVERY_MS = 3_600_000
const LONG_LOG_BYTES = 64 * 1_048_576

/** What the server and the worker share: the database brought up to date, and the log. */
export interface Started {
  config: Config
  db: Db
  log: Logger
  passwords: Passwords
  now: () => number
}

export async function start(config: Config): Promise<Started> {
  await probeStore(config)
  const log = pino({ level: config.logLevel }, logLines(process.stdout.fd))
  const db = openDb(config.databaseUrl)
  const ran = await migrate(db)
  if (ran.length > 0) log.info({ migrations: ran }, 'the database was brought up to date')
  await askToSend(db, { config }, Date.now()) // mails may have waited for this mail server to be set
  return { config, db, log, passwords: createPasswords(), now: Date.now }
}

/** Wrong keys are found when Portico starts, not when the first customer brings a document. */
async function probeStore({ bucket }: Config): Promise<void> {
  if (!bucket) return
  await bucketOf(bucket)
    .probe()
    .catch((error: unknown) => {
      const why = error instanceof StoreAway ? error.message : 'it is not understood'
      throw new ConfigError(
        `The document store at S3_ENDPOINT cannot be used (${why}). Look at S3_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY and S3_SECRET_KEY.`,
      )
    })
}

/** Runs background work and the hourly tidying in this process. */
export function startWork(started: Started): Worker {
  const { db, log, now } = started
  const tidy = (): void => {
    tidyUp(db, started.config, now()).then(
      owner => {
        if (owner !== 'ours') log.warn({ store: owner }, 'no stored file is removed: see Settings, System')
      },
      (error: unknown) => log.warn({ err: error }, 'tidying up failed'),
    )
    void logSize(db).then(bytes => {
      if (bytes > LONG_LOG_BYTES)
        log.warn({ bytes }, 'the log of SQLite is long: a program reads the database for very long')
    })
  }
  tidy()
  const hourly = setInterval(tidy, TIDY_EVERY_MS)
  hourly.unref()
  const worker = startWorker(kinds, started)
  return {
    wake: worker.wake,
    async stop() {
      clearInterval(hourly)
      await worker.stop()
    },
  }
}

/** Ends the process with one line that says what to do; an error that nobody foresaw is thrown on, with all it says. */
export function sayWhyNot(error: unknown): never {
  const line = startProblem(error)
  if (line === null) throw error
  console.error(line)
  process.exit(1)
}

/** What keeps Portico from starting, in a line without secrets, or null for an error that nobody foresaw. */
function startProblem(error: unknown): string | null {
  if (error instanceof ConfigError || error instanceof NewerDatabase) return error.message
  const { code = '', path, message } = error as NodeJS.ErrnoException
  if (/^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EEXIST)$/.test(code) && path !== undefined)
    return `Portico cannot use ${path} (${code}). Give the account it runs as a folder of its own as DATA_DIR.`
  if (/^(ENOSPC|SQLITE_FULL)$/.test(code)) return 'Portico does not start: the disk is full.'
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|NOTADB|CORRUPT)$/.test(code))
    return `Portico cannot use its SQLite database (${code}). Look at DATA_DIR and DATABASE_URL, and who may write there.`
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|28P01|28000|3D000|57P03)$/.test(code))
    return `Portico cannot reach its database (${code}). Look at DATABASE_URL, and whether the server runs.`
  if (code === 'EADDRINUSE')
    return `Portico does not start: ${message.replace(/^listen /, '')}. Another program has this PORT.`
  return null
}

/**
 * Runs `stop` once when told to end, by SIGTERM, Ctrl+C or the terminal that closes; a second signal, or 25 seconds, ends the
 * process at once. So does an error that nobody foresaw, as what is half done is then best left: that is one line in the log.
 */
export function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = (signal: string): void => {
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(1), 25_000).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, onSignal)
  for (const words of [process.stdout, process.stderr]) words.on('error', () => undefined) // nobody reads them
  process.on('uncaughtException', error => {
    log.fatal({ err: error }, 'this process ends at an error that nobody foresaw')
    if (!log.isLevelEnabled('fatal')) console.error(error)
    process.exit(1)
  })
}

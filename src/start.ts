import pino, { type Logger } from 'pino'
import type { Config } from './config.ts'
import { tidyUp } from './core/housekeeping.ts'
import { kinds } from './core/jobs/kinds.ts'
import { startWorker, type Worker } from './core/jobs/worker.ts'
import { askToSend } from './core/mail/outbox.ts'
import { createPasswords, type Passwords } from './core/passwords.ts'
import { openDb, type Db } from './db/index.ts'
import { migrate } from './db/migrate.ts'

const TIDY_EVERY_MS = 3_600_000

/** What the server and the worker share: the database brought up to date, and the log. */
export interface Started {
  config: Config
  db: Db
  log: Logger
  passwords: Passwords
  now: () => number
}

export async function start(config: Config): Promise<Started> {
  const log = pino({ level: config.logLevel })
  const db = openDb(config.databaseUrl)
  const ran = await migrate(db)
  if (ran.length > 0) log.info({ migrations: ran }, 'the database was brought up to date')
  await askToSend(db, { config }, Date.now()) // mails may have waited for this mail server to be set
  return { config, db, log, passwords: createPasswords(), now: Date.now }
}

/** Runs background work and the hourly tidying in this process. */
export function startWork(started: Started): Worker {
  const { db, log, now } = started
  const tidy = (): void => {
    tidyUp(db, started.config, now()).catch((error: unknown) => log.warn({ err: error }, 'tidying up failed'))
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

/** Runs `stop` once on SIGTERM or SIGINT; a second signal, or 25 seconds, ends the process at once. */
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
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

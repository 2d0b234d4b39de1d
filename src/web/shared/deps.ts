import type { Logger } from 'pino'
import type { Config } from '../../config.ts'
import type { Passwords } from '../../core/passwords.ts'
import type { Db } from '../../db/index.ts'

/** What every page is given. Time, password cost and the mail transport are the only things a test replaces. */
export interface Deps {
  db: Db
  config: Config
  passwords: Passwords
  log: Logger
  /** Milliseconds UTC. */
  now: () => number
  /** Tells the worker in this process that there is a new job. */
  wakeWorker: () => void
  /** Aborted once this process is to end. */
  stopping?: AbortSignal
}

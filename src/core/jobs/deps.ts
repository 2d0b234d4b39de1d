import type { Config } from '../../config.ts'
import type { Passwords } from '../passwords.ts'
import type { WorkerDeps } from './worker.ts'

/** What background work is given. */
export interface JobDeps extends WorkerDeps {
  config: Config
  passwords: Passwords
}

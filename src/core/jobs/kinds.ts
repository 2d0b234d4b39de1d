import type { Config } from '../../config.ts'
import type { Passwords } from '../passwords.ts'
import { checkImport } from '../imports/check.ts'
import { importContacts } from '../imports/run.ts'
import { sendEmails } from '../mail/send.ts'
import { portalReset } from '../portal-users/reset.ts'
import type { Kind, WorkerDeps } from './worker.ts'

/** What background work is given. */
export interface JobDeps extends WorkerDeps {
  config: Config
  passwords: Passwords
}

/** Every kind of background work there is. */
export const kinds: Record<string, Kind<JobDeps>> = {
  'check-import': checkImport,
  'import-contacts': importContacts,
  'portal-reset': portalReset,
  'send-emails': sendEmails,
}

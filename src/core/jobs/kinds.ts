import { checkImport } from '../imports/check.ts'
import { importContacts } from '../imports/run.ts'
import { importPortalUsers } from '../imports/user-run.ts'
import { sendEmails } from '../mail/send.ts'
import { renewHeldDetails } from '../portal-users/renew-held.ts'
import { portalReset } from '../portal-users/reset.ts'
import type { JobDeps } from './deps.ts'
import { countAnew } from './statistics.ts'
import type { Kind } from './worker.ts'

/** Every kind of background work there is. */
export const kinds: Record<string, Kind<JobDeps>> = {
  'check-import': checkImport,
  'import-contacts': importContacts,
  'import-portal-users': importPortalUsers,
  'portal-reset': portalReset,
  'refresh-statistics': countAnew,
  'renew-held-details': renewHeldDetails,
  'send-emails': sendEmails,
}

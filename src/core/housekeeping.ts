import type { Config } from '../config.ts'
import type { Db } from '../db/index.ts'
import { refreshStatistics } from '../db/statistics.ts'
import { forgetOldSelections } from './contacts/selection.ts'
import { sweepDocuments } from './documents/sweep.ts'
import { forgetAbandonedImports } from './imports/abandoned.ts'
import { forgetFinishedJobs } from './jobs/queue.ts'
import { cancelExpiredEmails } from './mail/outbox.ts'
import { forgetOldNotices } from './notifications/bell.ts'
import { storeOwner, type StoreOwner } from './operations/ownership.ts'
import { forgetEndedSessions } from './sessions/rows.ts'
import { forgetOldCounts } from './throttle/rate-limiter.ts'

const DAY_MS = 86_400_000

/**
 * Removes what has had its time: ended sessions, old counts, finished jobs, forgotten uploads. Safe at any moment, by anyone.
 * Stored files stay unless they are ours; the answer says whose they are.
 */
export async function tidyUp(db: Db, config: Config, now: number): Promise<StoreOwner> {
  await forgetEndedSessions(db, now)
  await forgetOldCounts(db, now)
  await cancelExpiredEmails(db, now)
  await forgetFinishedJobs(db, now - 7 * DAY_MS)
  await forgetOldSelections(db, now - DAY_MS)
  await forgetOldNotices(db, now - 90 * DAY_MS)
  await refreshStatistics(db)
  const owner = await storeOwner(db, config)
  if (owner !== 'ours') return owner
  await forgetAbandonedImports(db, config, now - 7 * DAY_MS, now)
  await sweepDocuments(db, config, now)
  return owner
}

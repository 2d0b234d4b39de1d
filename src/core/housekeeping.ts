import type { Db } from '../db/index.ts'
import { forgetOldSelections } from './contacts/selection.ts'
import { forgetFinishedJobs } from './jobs/queue.ts'
import { forgetFailedBodies } from './mail/outbox.ts'
import { forgetEndedSessions } from './sessions/rows.ts'
import { forgetOldCounts } from './throttle/rate-limiter.ts'

const DAY_MS = 86_400_000

/** Removes what has had its time: ended sessions, old counts, finished jobs. Safe to run at any moment, by anyone. */
export async function tidyUp(db: Db, now: number): Promise<void> {
  await forgetEndedSessions(db, now)
  await forgetOldCounts(db, now)
  await forgetFailedBodies(db, now)
  await forgetFinishedJobs(db, now - 7 * DAY_MS)
  await forgetOldSelections(db, now - DAY_MS)
}

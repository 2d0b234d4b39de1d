import type { Db } from '../../db/index.ts'
import { refreshStatistics } from '../../db/statistics.ts'
import { enqueue } from './queue.ts'
import type { Kind, WorkerDeps } from './worker.ts'

/** So many rows make what the planner knows of their tables untrue. */
const MANY = 1000

/**
 * Has the planner's knowledge brought up to date soon after a transaction that writes so many rows. Who looks at them next
 * would else be answered as if they were few, which can take a thousand times as long.
 */
export async function countSoon(trx: Db, rows: number, now: number): Promise<void> {
  if (rows >= MANY) await enqueue(trx, 'refresh-statistics', {}, now)
}

export const countAnew: Kind<WorkerDeps> = {
  run: (_job, { db }) => refreshStatistics(db),
}

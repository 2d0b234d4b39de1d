import { listedTexts } from '../../db/bulk.ts'
import { isPostgres, type Db } from '../../db/index.ts'
import { documentStorage, type StoreConfig } from './store.ts'

const DAY_MS = 86_400_000
const DELETED_STAY_MS = 30 * DAY_MS
const CONTENTS = 7_041_889 // the number of these locks among those of the database
const SWEPT_AT_ONCE = 20

/**
 * Forgets documents that were deleted a month ago, and then the content that no document needs any more. Content that
 * another document has, too, stays.
 */
export async function sweepDocuments(db: Db, config: StoreConfig, now: number): Promise<void> {
  const storage = documentStorage(config)
  await db('documents')
    .where('deleted_at', '<', now - DELETED_STAY_MS)
    .delete()
  await storage.forgetStaged(now - DAY_MS)
  for await (const keys of storage.keys()) {
    const free = await unneeded(db, keys)
    for (let at = 0; at < free.length; at += SWEPT_AT_ONCE) {
      const some = free.slice(at, at + SWEPT_AT_ONCE)
      await db.transaction(async trx => {
        await lockContents(trx, some)
        for (const key of await unneeded(trx, some)) await storage.remove(key)
      })
    }
  }
}

/**
 * The same content is put in its place, and swept, by one at a time: else the sweeper could take away what has just been
 * found to be there already. Call it once in the transaction of either. On SQLite writers wait for each other anyway.
 */
export async function lockContents(trx: Db, keys: string[]): Promise<void> {
  if (!isPostgres(trx)) return
  const numbers = new Set(keys.toSorted().map(key => parseInt(key.slice(0, 8), 16) | 0)) // all in one order
  for (const number of numbers) await trx.raw('select pg_advisory_xact_lock(?::int, ?::int)', [CONTENTS, number])
}

async function unneeded(db: Db, keys: string[]): Promise<string[]> {
  const needed = new Set(
    await db('documents')
      .whereIn('storage_key', listedTexts(db, keys))
      .distinct('storage_key')
      .pluck<string[]>('storage_key'),
  )
  return keys.filter(key => !needed.has(key))
}

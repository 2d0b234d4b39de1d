import type { Db } from '../../db/index.ts'
import type { Storage } from './storage.ts'

const AT_ONCE = 1000

/** How many contents that documents have lie in none of these storages. Deleted documents keep theirs for a month. */
export async function countMissing(db: Db, storages: Storage[]): Promise<number> {
  let missing = 0
  for (let after = ''; ;) {
    const keys = await db('documents')
      .where('storage_key', '>', after)
      .orderBy('storage_key')
      .limit(AT_ONCE)
      .distinct('storage_key')
      .pluck<string[]>('storage_key')
    for (const key of keys) if (!(await isInOne(storages, key))) missing += 1
    const last = keys.at(-1)
    if (last === undefined || keys.length < AT_ONCE) return missing
    after = last
  }
}

async function isInOne(storages: Storage[], key: string): Promise<boolean> {
  for (const storage of storages) if (await storage.has(key)) return true
  return false
}

import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { bucketOf, type Bucket } from '../bucket.ts'
import { mailPausedSince } from '../mail/pause.ts'
import { newPublicId } from '../secrets.ts'
import { changeSetting, setting, settingToChange } from '../settings/values.ts'

/*
 * A restored copy may look at the bucket of the office it was copied from, whose files it does not know all of. So the bucket
 * says in an object whose it is, and nobody else removes anything from it.
 */

const KEY = 'installation'
const OBJECT = 'installation'

/** Whether stored files may be removed: only when they are 'ours', not while mail is 'paused' after a restore. */
export type StoreOwner = 'ours' | 'paused' | 'another'

type OwnerConfig = Pick<Config, 'bucket'>

/**
 * Whose the place of documents is. A bucket that nobody has is taken by an installation that has never had one, and by any when
 * it holds no documents.
 */
export async function storeOwner(db: Db, { bucket }: OwnerConfig): Promise<StoreOwner> {
  if ((await mailPausedSince(db)) !== null) return 'paused'
  if (!bucket) return 'ours'
  const store = bucketOf(bucket)
  const owner = await store.read(OBJECT)
  if (owner === null) return claimed(db, store)
  return owner.trim() === (await installation(db)) ? 'ours' : 'another'
}

/** The name this installation has in a bucket; made when there is none. */
export async function installation(db: Db): Promise<string> {
  const known = await setting(db, KEY)
  return typeof known === 'string'
    ? known
    : db.transaction(async trx => {
        const id = ((await settingToChange(trx, KEY)) as string | null) ?? newPublicId()
        await changeSetting(trx, KEY, id)
        return id
      })
}

/** Makes a copy another installation than the one it was copied from. */
export function becomeAnother(trx: Db): Promise<void> {
  return changeSetting(trx, KEY, newPublicId())
}

/** One process after the other: of several that begin at once the first one takes the bucket, for all of them. */
function claimed(db: Db, store: Bucket): Promise<StoreOwner> {
  return db.transaction(async trx => {
    const known = (await settingToChange(trx, KEY)) as string | null
    const owner = await store.read(OBJECT)
    if (owner !== null) return owner.trim() === known ? 'ours' : 'another'
    if (known !== null && (await holdsDocuments(store))) return 'another'
    const id = known ?? newPublicId()
    await store.put(OBJECT, written(id))
    await changeSetting(trx, KEY, id)
    return 'ours'
  })
}

async function holdsDocuments(store: Bucket): Promise<boolean> {
  for await (const some of store.list('document-')) return some.length > 0
  return false
}

async function* written(text: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(text))
}

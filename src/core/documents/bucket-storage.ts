import type { Bucket } from '../bucket.ts'
import { measured } from '../measured.ts'
import { newToken } from '../secrets.ts'
import { isKey, type Staged, type Storage } from './storage.ts'

const KEPT = 'document-'
const ASIDE = 'arriving-'

/** Documents in a bucket that every process shares. What arrives lies under a name of its own until it is kept. */
export function bucketStorage(bucket: Bucket): Storage {
  return {
    stage: content => stage(bucket, content),
    async open(key, range) {
      return bucket.open(placeOf(key), range)
    },
    async has(key) {
      return bucket.has(placeOf(key))
    },
    remove: key => bucket.remove(placeOf(key)),
    async *keys() {
      for await (const some of bucket.list(KEPT)) yield some.map(({ name }) => name.slice(KEPT.length)).filter(isKey)
    },
    async forgetStaged(before) {
      for await (const some of bucket.list(ASIDE))
        for (const { name, changedAt } of some) if (changedAt < before) await bucket.remove(name)
    },
  }
}

function placeOf(key: string): string {
  if (!isKey(key)) throw new Error('This is no key of a document')
  return KEPT + key
}

async function stage(bucket: Bucket, content: AsyncIterable<Buffer>): Promise<Staged> {
  const laid = ASIDE + newToken()
  const { pieces, outcome } = measured(content)
  await bucket.put(laid, pieces)
  const { sha256, size } = outcome()
  return {
    key: sha256,
    sha256,
    size,
    drop: () => bucket.remove(laid),
    keep: () => bucket.copy(laid, placeOf(sha256), size),
  }
}

import type { Config } from '../../config.ts'
import { bucketOf } from '../bucket.ts'
import { bucketStorage } from './bucket-storage.ts'
import { diskStorage, type Storage } from './storage.ts'

/** What says where documents lie. */
export type StoreConfig = Pick<Config, 'dataDir' | 'bucket'>

/** Where documents lie: in the bucket of the settings, or on the disk of this machine. */
export function documentStorage(config: StoreConfig): Storage {
  return config.bucket ? bucketStorage(bucketOf(config.bucket)) : diskStorage(config)
}

import type { Config } from '../../config.ts'
import { roomOnDisk } from '../documents/storage.ts'

/** How many bytes may still be put on the disk of this machine, in DATA_DIR; null when nobody can say. */
export function roomLeft(config: Pick<Config, 'dataDir'>): Promise<number | null> {
  return roomOnDisk(config).catch(() => null)
}

import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { system } from '../actors.ts'
import { record } from '../audit/record.ts'
import { moveImport, type ImportState } from './records.ts'
import { dropFile } from './upload-file.ts'

const NEVER_RUN: ImportState[] = ['uploaded', 'failed_validation', 'ready']

/**
 * Cancels imports that were asked for before `before` and never run, and deletes their files: they may hold passwords.
 */
export async function forgetAbandonedImports(db: Db, config: Config, before: number, now: number): Promise<void> {
  const abandoned = await db('imports')
    .whereIn('status', NEVER_RUN)
    .where('requested_at', '<', before)
    .select<{ id: number; file_key: string | null }[]>('id', 'file_key')
  for (const { id, file_key } of abandoned) {
    const cancelled = await db.transaction(async trx => {
      const change = { status: 'cancelled', finished_at: now, file_key: null }
      if (!(await moveImport(trx, id, NEVER_RUN, change))) return false
      await record(trx, system, 'import.abandoned', { type: 'import', id }, {}, now)
      return true
    })
    if (cancelled && file_key !== null) await dropFile(config, file_key)
  }
}

import { stat } from 'node:fs/promises'
import { fileOf } from './file.ts'
import type { Db } from './index.ts'

/**
 * How many bytes the log beside a SQLite database has; 0 on PostgreSQL. It holds what was written since somebody began to
 * read who reads still, and shrinks with the changes after they end.
 */
export async function logSize(db: Db): Promise<number> {
  const filename = fileOf(db)
  if (filename === null) return 0
  return stat(`${filename}-wal`).then(
    ({ size }) => size,
    () => 0,
  )
}

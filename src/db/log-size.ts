import { stat } from 'node:fs/promises'
import { isPostgres, type Db } from './index.ts'

/**
 * How many bytes the log beside a SQLite database has; 0 on PostgreSQL. It holds what was written since somebody began to
 * read who reads still, and shrinks with the changes after they end.
 */
export async function logSize(db: Db): Promise<number> {
  if (isPostgres(db)) return 0
  const { filename } = (db.client as { config: { connection: { filename: string } } }).config.connection
  return stat(`${filename}-wal`).then(
    ({ size }) => size,
    () => 0,
  )
}

import { isPostgres, type Db } from '../../src/db/index.ts'

interface Asked {
  sql: string
  bindings: readonly unknown[]
}

/** Every question that the database is asked meanwhile. */
export async function asked(db: Db, act: () => Promise<unknown>): Promise<Asked[]> {
  const questions: Asked[] = []
  const note = ({ sql, bindings }: Asked): void => void questions.push({ sql, bindings })
  db.on('query', note)
  await act().finally(() => db.off('query', note))
  return questions
}

/**
 * How the engine goes about a question, line by line; on PostgreSQL as of a table too large to read whole, and `inOrder` as of
 * one with too many that match to gather them first.
 */
export async function planOf(db: Db, { sql, bindings }: Asked, inOrder = false): Promise<string[]> {
  if (!isPostgres(db)) {
    const rows = (await db.raw(`explain query plan ${sql}`, bindings as string[])) as { detail: string }[]
    return rows.map(row => row.detail)
  }
  return db.transaction(async trx => {
    await trx.raw('set local enable_seqscan = off')
    if (inOrder) await trx.raw('set local enable_bitmapscan = off')
    const { rows } = (await trx.raw(`explain ${sql.replace(/\$\d+/g, '?')}`, bindings as string[])) as {
      rows: Record<string, string>[]
    }
    return rows.map(row => row['QUERY PLAN'] ?? '')
  })
}

/**
 * Whether what is found is sorted, and did not come in order; the rows of one page may be, which are asked for by their
 * ids.
 */
export function sorts({ sql }: Asked, plan: string[]): boolean {
  if (!/ limit (\?|\$\d+)/.test(sql)) return false
  return plan.some(line => /^\W*Sort {2}\(/.test(line) || line.startsWith('USE TEMP B-TREE FOR ORDER BY'))
}

/** The tables that are read row by row, without an index. Rows of SQLite lie in order of their ids. */
export function readWhole({ sql }: Asked, plan: string[]): string[] {
  if (/order by \w+\.id (asc|desc) limit \?( offset \?)?$/.test(sql) && !sorts({ sql, bindings: [] }, plan)) return []
  return plan.flatMap(line => /Seq Scan on (\w+)|^SCAN (\w+)$/.exec(line)?.slice(1).filter(Boolean) ?? [])
}

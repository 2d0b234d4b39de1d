import { insertMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { labelOf } from './row-log.ts'
import type { CellProblem, PlannedUser } from './user-plan.ts'

/** Writes down what is wrong, row by row. */
export async function logProblems(trx: Db, importId: number, planned: PlannedUser[]): Promise<void> {
  const rows = planned
    .filter(({ action }) => action === 'error')
    .map(({ number, user, problems }) => ({
      import_id: importId,
      row_number: number,
      action: 'error',
      status: 'failed',
      label: labelOf(user.name || user.email),
      errors: JSON.stringify(problems),
    }))
  await insertMany(trx, 'import_rows', Object.keys(rows[0] ?? {}), rows)
}

/** What is wrong, by the number of the row. */
export async function cellProblemsOf(db: Db, importId: number): Promise<Map<number, CellProblem[]>> {
  const rows = await db('import_rows')
    .where({ import_id: importId, action: 'error' })
    .select<{ row_number: number; errors: string }[]>('row_number', 'errors')
  return new Map(rows.map(row => [row.row_number, JSON.parse(row.errors) as CellProblem[]]))
}

/** The first rows with problems, in the order of the sheet. */
export async function firstProblems(db: Db, importId: number, most: number) {
  const rows = await db('import_rows')
    .where({ import_id: importId, action: 'error' })
    .orderBy('row_number')
    .limit(most)
    .select<{ row_number: number; label: string; errors: string }[]>('row_number', 'label', 'errors')
  return rows.map(row => ({
    number: row.row_number,
    label: row.label,
    problems: JSON.parse(row.errors) as CellProblem[],
  }))
}

import { stringify } from 'csv-stringify/sync'
import type { Db } from '../../db/index.ts'
import { guardedCell } from '../exports/csv-cells.ts'
import { isProblemHeading, PROBLEM_HEADING } from './fields.ts'
import type { Import } from './records.ts'
import { failedRows, type FailedRow } from './row-log.ts'

const BYTE_ORDER_MARK = '\ufeff' // tells spreadsheets that this is UTF-8

/**
 * The rows that were not imported as pieces of a CSV text: the columns of the file in their order, and last what is
 * wrong, in the words that `problemOf` finds. Passwords are left out. What is uploaded again is read as it was before.
 */
export async function* rowsToFix(
  db: Db,
  { id, columns, format }: Import,
  problemOf: (row: FailedRow) => string,
): AsyncGenerator<string> {
  const kept = columns
    .map(({ heading }, index) => ({ heading, index }))
    .filter(({ heading }) => !isProblemHeading(heading))
  const csv = (rows: string[][]): string =>
    stringify(
      rows.map(row => row.map(guardedCell)),
      { quoted: true, quoted_empty: true, record_delimiter: 'windows', delimiter: format.delimiter },
    )
  yield BYTE_ORDER_MARK + csv([[...kept.map(({ heading }) => heading), PROBLEM_HEADING]])
  for (let after = 0; ;) {
    const rows = await failedRows(db, id, after)
    const last = rows.at(-1)
    if (!last) return
    yield csv(rows.map(row => [...kept.map(({ index }) => row.cells[index] ?? ''), problemOf(row)]))
    after = last.number
  }
}

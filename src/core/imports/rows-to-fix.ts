import { stringify } from 'csv-stringify/sync'
import type { Readable } from 'node:stream'
import type { Db } from '../../db/index.ts'
import { guardedCell } from '../exports/csv-cells.ts'
import { tableWorkbook } from '../workbooks/write-table.ts'
import { PROBLEM_HEADING } from './fields.ts'
import type { Import } from './records.ts'
import { failedRows, type FailedRow } from './row-log.ts'

const BYTE_ORDER_MARK = '\ufeff' // tells spreadsheets that this is UTF-8

/**
 * The rows that were not imported as pieces of a CSV text: the imported columns of the file in their order, and last
 * what is wrong, in the words that `problemOf` finds. Passwords are left out. Uploaded again it is read as before.
 */
export async function* rowsToFixCsv(
  db: Db,
  failed: Import,
  problemOf: (row: FailedRow) => string,
): AsyncGenerator<string> {
  const csv = (rows: string[][]): string =>
    stringify(
      rows.map(row => row.map(guardedCell)),
      { quoted: true, quoted_empty: true, record_delimiter: 'windows', delimiter: failed.format?.delimiter ?? ',' },
    )
  yield BYTE_ORDER_MARK + csv([headingsToFix(failed)])
  for await (const rows of pagesToFix(db, failed, problemOf)) yield csv(rows)
}

/** The same rows as a workbook. */
export function rowsToFixWorkbook(db: Db, failed: Import, problemOf: (row: FailedRow) => string): Readable {
  return tableWorkbook('Rows to fix', headingsToFix(failed), pagesToFix(db, failed, problemOf))
}

function headingsToFix({ columns }: Import): string[] {
  return [...columns.filter(({ field }) => field !== null).map(({ heading }) => heading), PROBLEM_HEADING]
}

async function* pagesToFix(
  db: Db,
  { id, columns }: Import,
  problemOf: (row: FailedRow) => string,
): AsyncGenerator<string[][]> {
  const kept = columns.flatMap(({ field }, index) => (field === null ? [] : [index]))
  for (let after = 0; ;) {
    const rows = await failedRows(db, id, after)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(row => [...kept.map(index => row.cells[index] ?? ''), problemOf(row)])
    after = last.number
  }
}

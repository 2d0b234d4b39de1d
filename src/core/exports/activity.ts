import { stringify } from 'csv-stringify/sync'
import { eventChunks, type ActivityEvent } from '../audit/events.ts'
import type { ActivityFilter } from '../audit/filter.ts'
import { record } from '../audit/record.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { guardedCell } from './csv-cells.ts'

const ROWS_AT_ONCE = 500
const BYTE_ORDER_MARK = '\ufeff' // tells spreadsheets that this is UTF-8

/**
 * The audit log as pieces of a CSV text, the newest line first, in the same memory however long it is. `cells` says a line
 * in words. UTF-8 with a byte order mark, CRLF, every cell quoted, and no cell that a spreadsheet takes for a formula.
 */
export async function* activityCsv(
  db: Db,
  filter: ActivityFilter,
  headings: string[],
  cells: (event: ActivityEvent) => string[],
): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csv([headings])
  for await (const events of eventChunks(db, filter, ROWS_AT_ONCE))
    yield csv(events.map(event => cells(event).map(guardedCell)))
}

/** Leaves a line in the audit log: who took which part of it out. */
export function recordActivityExport(
  db: Db,
  staff: Staff,
  filter: ActivityFilter,
  events: number,
  now: number,
): Promise<void> {
  return record(db, staff, 'activity.exported', null, { filter, events }, now)
}

function csv(rows: string[][]): string {
  return stringify(rows, { quoted: true, record_delimiter: 'windows' })
}

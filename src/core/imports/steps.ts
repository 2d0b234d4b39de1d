import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { startBatch } from '../batches/batches.ts'
import { enqueue } from '../jobs/queue.ts'
import { releaseHeldEmails } from '../mail/outbox.ts'
import { ok, refused, type Result } from '../result.ts'
import { columnMistakes, type Column, type ColumnMistake } from './columns.ts'
import { countColumns, NO_COUNTS } from './counts.ts'
import type { TextFormat } from './read-csv.ts'
import {
  anyImport,
  holdSameFile,
  importOfSameFile,
  moveImport,
  type Import,
  type ImportState,
  type PortalsInFile,
} from './records.ts'
import { rememberColumns } from './remembered-columns.ts'
import { forgetRows } from './row-log.ts'
import { seenMark } from './seen-mark.ts'
import { columnsIn } from './start.ts'
import { forgetFile } from './upload-file.ts'

const BEFORE_CHECK: ImportState[] = ['uploaded', 'failed_validation', 'ready']
const NOT_ENDED: ImportState[] = [...BEFORE_CHECK, 'validating', 'queued', 'processing']

/** Reads a text in another way from now on, and finds its columns anew. Refused once a check or a run has begun. */
export async function readDifferently(
  db: Db,
  config: Config,
  changed: Import,
  format: TextFormat,
): Promise<Result<null, 'too-late'>> {
  if (changed.fileKey === null || changed.format === null) return refused('too-late')
  const columns = await columnsIn(db, config, changed.fileKey, format)
  const moved = await moveImport(db, changed.id, BEFORE_CHECK, {
    ...format,
    status: 'uploaded',
    columns: JSON.stringify(columns),
  })
  return moved ? ok(null) : refused('too-late')
}

/** How a file is to be understood: where each column goes, and what its portals do to those a contact has. */
export interface Understanding {
  columns: Column[]
  portals: PortalsInFile
  /** Whether the columns are to go the same way next time. */
  remember: boolean
}

/**
 * Says how the file is to be understood, and asks for the check of the whole of it. Refused with what is wrong about the
 * columns, or with 'too-late' once a check or a run has begun.
 */
export async function askForCheck(
  db: Db,
  staff: Staff,
  checked: Import,
  { columns, portals, remember }: Understanding,
  now: number,
): Promise<Result<null, ColumnMistake[] | 'too-late'>> {
  const mistakes = columnMistakes(columns)
  if (mistakes.length > 0) return refused(mistakes)
  return db.transaction(async trx => {
    const options = JSON.stringify({ ...checked.options, portals })
    const change = {
      status: 'validating',
      columns: JSON.stringify(columns),
      options,
      error: null,
      total_rows: 0,
      next_row: 0,
    }
    if (!(await moveImport(trx, checked.id, BEFORE_CHECK, change))) return refused('too-late')
    if (remember) await rememberColumns(trx, staff, checked.id, columns, now)
    await enqueue(trx, 'check-import', { importId: checked.id }, now)
    return ok(null)
  })
}

/** What somebody answered on the check page, and the `mark` of what they saw there. */
export interface Confirmation {
  email: boolean
  again: boolean
  mark: string
}

export type ConfirmRefusal = 'not-ready' | 'checked-again' | 'nothing-to-do' | 'same-file'

/**
 * Asks for the run. Refused with 'not-ready' when it was asked for before or stopped meanwhile, 'checked-again' when the
 * check says something else now than what was seen, 'nothing-to-do' when no row is good, and 'same-file' when this very
 * file was imported before, or is being imported, and nobody said to do it again.
 */
export async function confirmImport(
  db: Db,
  staff: Staff,
  { id, filename, sha256 }: Import,
  { email, again, mark }: Confirmation,
  now: number,
): Promise<Result<null, ConfirmRefusal>> {
  return db.transaction(async trx => {
    await holdSameFile(trx, sha256)
    const current = await anyImport(trx, id)
    if (current?.state !== 'ready') return refused('not-ready')
    if (seenMark(current) !== mark) return refused('checked-again')
    if (current.totalRows === current.counts.failed) return refused('nothing-to-do')
    if (!again && (await importOfSameFile(trx, current))) return refused('same-file')
    const options = { ...current.options, email }
    const reset = { ...countColumns(NO_COUNTS), next_row: 0, options: JSON.stringify(options) }
    if (!(await moveImport(trx, id, ['ready'], { status: 'queued', ...reset }))) return refused('not-ready')
    const batchId = await startBatch(
      trx,
      staff,
      { kind: 'import', formKey: null, summary: { importId: id, filename } },
      now,
    )
    await moveImport(trx, id, ['queued'], { batch_id: batchId })
    await forgetRows(trx, id)
    await enqueue(trx, 'import-contacts', { importId: id }, now)
    await record(trx, staff, 'import.confirmed', { type: 'import', id }, { filename, ...options }, now)
    return ok(null)
  })
}

/** Stops an import at any moment before its end. The rows that are done stay. Refused when it has ended already. */
export async function cancelImport(
  db: Db,
  config: Config,
  staff: Staff,
  cancelled: Import,
  now: number,
): Promise<Result<null, 'ended'>> {
  const { id, filename, fileKey } = cancelled
  const stopped = await db.transaction(async trx => {
    if (!(await moveImport(trx, id, NOT_ENDED, { status: 'cancelled', finished_at: now, file_key: null }))) return false
    await record(trx, staff, 'import.cancelled', { type: 'import', id }, { filename }, now)
    return true
  })
  if (!stopped) return refused('ended')
  if (fileKey !== null) await forgetFile(db, config, fileKey)
  return ok(null)
}

/** Lets the sign-in details of an import that did not reach its end go out after all, and says to how many people. */
export function sendHeldDetails(
  db: Db,
  config: Config,
  staff: Staff,
  { id, filename }: Import,
  now: number,
): Promise<number> {
  return db.transaction(async trx => {
    const released = await releaseHeldEmails(trx, { config }, id, now)
    if (released > 0)
      await record(trx, staff, 'import.details-sent', { type: 'import', id }, { filename, emails: released }, now)
    return released
  })
}

/**
 * The mails of an import with sign-in details: those that wait for a word from staff, and those that may go or have
 * gone.
 */
export async function detailsOf(db: Db, { id }: Import): Promise<{ held: number; released: number }> {
  const rows = await db('emails')
    .where({ import_id: id })
    .whereNot({ status: 'cancelled' })
    .groupBy('status')
    .select<{ status: string; emails: number }[]>('status', db.raw('count(*) as emails'))
  const held = rows.find(row => row.status === 'held')?.emails ?? 0
  return { held, released: rows.reduce((sum, row) => sum + row.emails, 0) - held }
}

import type { Knex } from 'knex'
import { setTimeout } from 'node:timers/promises'
import { isUniqueViolation, type Db } from '../../db/index.ts'
import { may, type Staff } from '../actors.ts'
import type { Column } from './columns.ts'
import { COUNT_COLUMNS, countsFrom, type CountColumns, type ImportCounts } from './counts.ts'
import type { FileFormat } from './file-rows.ts'
import { findingsFrom, type Findings } from './findings.ts'

export type ImportState =
  | 'uploaded'
  | 'validating'
  | 'failed_validation'
  | 'ready'
  | 'queued'
  | 'processing'
  | 'completed'
  | 'completed_with_errors'
  | 'failed'
  | 'cancelled'

const WAIT_MS = 50

/** While it is in one of these, nobody is to wait for anything: the next step is a person's, or there is none. */
export const SETTLED: readonly ImportState[] = [
  'uploaded',
  'failed_validation',
  'ready',
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
]

/** Why an import could not go on as a whole. `row` is the last row that could be read. */
export type ImportFailure =
  | { code: 'unreadable'; row: number }
  | { code: 'too-many-rows'; most: number }
  | { code: 'no-rows' }
  | { code: 'not-allowed' }
  | { code: 'rows' }
  | { code: 'gave-up' }

/** Whether the portals of a row are added to those a contact has, or take their place. */
export type PortalsInFile = 'add' | 'replace'

export interface ImportOptions {
  portals: PortalsInFile
  /** Whether people are sent their username and temporary password when the import has finished. */
  email: boolean
}

export interface Import {
  id: number
  kind: 'contacts' | 'portal_users'
  state: ImportState
  filename: string
  sha256: string
  format: FileFormat
  columns: Column[]
  options: ImportOptions
  fileKey: string | null
  totalRows: number
  /** The number of the last row that is done. */
  lastRow: number
  counts: ImportCounts
  findings: Findings
  batchId: number | null
  staffId: number
  staffName: string
  requestedAt: number
  startedAt: number | null
  finishedAt: number | null
  failure: ImportFailure | null
}

/** One import, whoever asked for it, or null. */
export async function anyImport(db: Db, id: number): Promise<Import | null> {
  const row = await importRows(db).where('imports.id', id).first<ImportRow | undefined>()
  return row ? importFrom(row) : null
}

/** One import that this person may see: their own, or any for an administrator. Null when there is no such. */
export async function importFor(db: Db, staff: Staff, id: number): Promise<Import | null> {
  const row = await seenBy(staff, importRows(db)).where('imports.id', id).first<ImportRow | undefined>()
  return row ? importFrom(row) : null
}

/** Waits until the next step is a person's or there is none, but no longer than `ms`. */
export async function waitForImport(db: Db, id: number, ms: number): Promise<void> {
  for (let waited = 0; waited < ms; waited += WAIT_MS) {
    const row = await db('imports').where({ id }).first<{ status: ImportState } | undefined>('status')
    if (!row || SETTLED.includes(row.status)) return
    await setTimeout(WAIT_MS)
  }
}

/** The imports this person may see, newest first. `page` counts from 1. */
export async function importsPage(db: Db, staff: Staff, page: number, perPage: number): Promise<Import[]> {
  const rows = await seenBy(staff, importRows(db))
    .orderBy('imports.id', 'desc')
    .limit(perPage)
    .offset((page - 1) * perPage)
  return (rows as ImportRow[]).map(importFrom)
}

export async function countImports(db: Db, staff: Staff): Promise<number> {
  const [row] = await seenBy(staff, db('imports')).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** The last import of the very same file that did something or is about to, if any. */
export async function importOfSameFile(db: Db, of: Import): Promise<Import | null> {
  const row = await importRows(db)
    .where('imports.sha256', of.sha256)
    .where(run => {
      void run
        .whereIn('imports.status', ['queued', 'processing', 'completed', 'completed_with_errors'])
        .orWhere(stopped => {
          void stopped
            .whereIn('imports.status', ['failed', 'cancelled'])
            .whereNotNull('imports.started_at')
            .where('imports.next_row', '>', 0)
        })
    })
    .whereNot('imports.id', of.id)
    .orderBy('imports.id', 'desc')
    .first<ImportRow | undefined>()
  return row ? importFrom(row) : null
}

/** Keeps everybody else from confirming an import of this very file until the transaction ends. */
export async function holdSameFile(trx: Db, sha256: string): Promise<void> {
  await trx('imports').where({ sha256 }).orderBy('id').forUpdate().select('id')
}

/**
 * Moves an import from one of the states it may be in to another, with whatever else changes then. False when it is in
 * none of them any more: somebody was quicker.
 */
export async function moveImport(
  trx: Db,
  id: number,
  from: ImportState[],
  change: Record<string, unknown>,
): Promise<boolean> {
  return (await trx('imports').where({ id }).whereIn('status', from).update(change)) === 1
}

/** Moves a run from one row to another. False when it is not there any more: stopped, or done by somebody else. */
export async function advanceImport(trx: Db, id: number, from: number, to: number, now: number): Promise<boolean> {
  const moved = await trx('imports')
    .where({ id, status: 'processing', next_row: from })
    .update({ next_row: to, heartbeat_at: now })
  return moved === 1
}

/** Begins the run, unless another import is running now. */
export async function beginRun(db: Db, id: number, now: number): Promise<'begun' | 'busy' | 'over'> {
  try {
    const begun = await moveImport(db, id, ['queued', 'processing'], { status: 'processing', heartbeat_at: now })
    if (begun) await db('imports').where({ id }).whereNull('started_at').update({ started_at: now })
    return begun ? 'begun' : 'over'
  } catch (error) {
    if (isUniqueViolation(error)) return 'busy'
    throw error
  }
}

interface ImportRow extends CountColumns {
  id: number
  kind: Import['kind']
  status: ImportState
  filename: string
  sha256: string
  encoding: string | null
  delimiter: string | null
  columns: string
  options: string
  file_key: string | null
  total_rows: number | null
  next_row: number
  batch_id: number | null
  requested_by_staff_id: number
  staff_name: string
  requested_at: number
  started_at: number | null
  finished_at: number | null
  error: string | null
  findings: string | null
}

const COLUMNS = [
  'id',
  'kind',
  'status',
  'filename',
  'sha256',
  'encoding',
  'delimiter',
  'columns',
  'options',
  'file_key',
  'total_rows',
  'next_row',
  ...COUNT_COLUMNS,
  'batch_id',
  'requested_by_staff_id',
  'requested_at',
  'started_at',
  'finished_at',
  'error',
  'findings',
]

function importRows(db: Db): Knex.QueryBuilder {
  return db('imports')
    .join('staff_users', 'staff_users.id', 'imports.requested_by_staff_id')
    .select(...COLUMNS.map(column => `imports.${column}`), 'staff_users.name as staff_name')
}

function seenBy(staff: Staff, query: Knex.QueryBuilder): Knex.QueryBuilder {
  return may(staff, 'administer') ? query : query.where('imports.requested_by_staff_id', staff.id)
}

function importFrom(row: ImportRow): Import {
  return {
    id: row.id,
    kind: row.kind,
    state: row.status,
    filename: row.filename,
    sha256: row.sha256,
    format: row.encoding && row.delimiter ? { encoding: row.encoding, delimiter: row.delimiter } : null,
    columns: JSON.parse(row.columns) as Column[],
    options: JSON.parse(row.options) as ImportOptions,
    fileKey: row.file_key,
    totalRows: row.total_rows ?? 0,
    lastRow: row.next_row,
    counts: countsFrom(row),
    findings: findingsFrom(row.findings),
    batchId: row.batch_id,
    staffId: row.requested_by_staff_id,
    staffName: row.staff_name,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    failure: row.error === null ? null : (JSON.parse(row.error) as ImportFailure),
  }
}

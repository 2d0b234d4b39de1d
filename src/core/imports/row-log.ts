import { insertMany, type BulkRow } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Change } from './contact-changes.ts'
import type { Problem } from './contact-row.ts'
import { looksSecret } from './fields.ts'
import type { Column } from './columns.ts'
import type { PlannedRow, RowAction } from './plan.ts'
import type { Import } from './records.ts'

/** How many of the rows that add a contact are kept to look at. */
const CREATES_KEPT = 50

/** How much of a changed value is kept to look at, in characters. */
const LONGEST_VALUE = 300

/** What happened, or would happen, to one row of the file. `notes` are no problems, but worth knowing. */
export interface LoggedRow {
  number: number
  action: RowAction
  label: string
  changes: Change[]
  problems: Problem[]
  notes: Problem[]
}

/** The cells of a row that failed, in the order of the file: '' for its password and for what is not imported. */
export interface FailedRow {
  number: number
  cells: string[]
  hadPassword: boolean
  problems: Problem[]
}

/**
 * Writes down the rows worth looking at: all that failed, changed something or have a note, and the first new ones,
 * with the ids they got.
 */
export async function logRows(
  trx: Db,
  { id, columns }: Pick<Import, 'id' | 'columns'>,
  planned: PlannedRow[],
  createdBefore: number,
  added?: Map<PlannedRow, number>,
): Promise<void> {
  let created = createdBefore
  const rows = planned.filter(({ action, warnings }) => {
    if (action === 'create') created += 1
    return (
      action === 'update' ||
      action === 'error' ||
      warnings.length > 0 ||
      (action === 'create' && created <= CREATES_KEPT)
    )
  })
  const logged = rows.map(one => loggedAs(one, id, columns, added?.get(one)))
  await insertMany(trx, 'import_rows', Object.keys(logged[0] ?? {}), logged)
}

export async function forgetRows(trx: Db, importId: number): Promise<void> {
  await trx('import_rows').where({ import_id: importId }).delete()
}

export type RowGroup = 'problems' | 'changes' | 'notes'

/** Rows of one group in the order of the file. `page` counts from 1. */
export async function loggedRows(
  db: Db,
  importId: number,
  group: RowGroup,
  page: number,
  perPage: number,
): Promise<LoggedRow[]> {
  const rows = await inGroup(db, importId, group)
    .orderBy('row_number')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<StoredRow[]>('row_number', 'action', 'label', 'changes', 'errors')
  return rows.map(loggedRow)
}

/** Failed rows after row `after`, a thousand at a time, for the file in which they are put right. */
export async function failedRows(db: Db, importId: number, after: number): Promise<FailedRow[]> {
  const rows = await inGroup(db, importId, 'problems')
    .where('row_number', '>', after)
    .orderBy('row_number')
    .limit(1000)
    .select<{ row_number: number; input: string; errors: string }[]>('row_number', 'input', 'errors')
  return rows.map(row => ({
    number: row.row_number,
    ...(JSON.parse(row.input) as Pick<FailedRow, 'cells' | 'hadPassword'>),
    problems: JSON.parse(row.errors) as Problem[],
  }))
}

/** As much of a name as a list of rows needs; a cell of the file can hold far more. */
export function labelOf(name: string): string {
  return /^.{0,200}/su.exec(name)?.[0] ?? ''
}

function loggedAs(
  { row, action, label, contact, changes, problems, warnings }: PlannedRow,
  importId: number,
  columns: Column[],
  addedId: number | undefined,
): BulkRow {
  return {
    import_id: importId,
    row_number: row.number,
    input: action === 'error' ? JSON.stringify(withoutSecrets(row.cells, columns)) : null,
    action,
    status: action === 'error' ? 'failed' : 'done',
    label: labelOf(label),
    subject_type: 'contact',
    subject_id: contact?.id ?? addedId ?? null,
    changes: changes.length > 0 ? JSON.stringify(changes.map(shortened)) : null,
    errors: problems.length + warnings.length > 0 ? JSON.stringify([...problems, ...warnings]) : null,
  }
}

interface StoredRow {
  row_number: number
  action: RowAction
  label: string
  changes: string | null
  errors: string | null
}

function inGroup(db: Db, importId: number, group: RowGroup) {
  const rows = db('import_rows').where({ import_id: importId })
  if (group === 'problems') return rows.where({ action: 'error' })
  return group === 'changes'
    ? rows.whereIn('action', ['create', 'update'])
    : rows.whereNot({ action: 'error' }).whereNotNull('errors')
}

function loggedRow(row: StoredRow): LoggedRow {
  const said = row.errors === null ? [] : (JSON.parse(row.errors) as Problem[])
  return {
    number: row.row_number,
    action: row.action,
    label: row.label,
    changes: row.changes === null ? [] : (JSON.parse(row.changes) as Change[]),
    problems: row.action === 'error' ? said : [],
    notes: row.action === 'error' ? [] : said,
  }
}

/**
 * Only what is imported is kept, and no password. In a row with too many cells a password may stand further to the
 * right: nothing from its column on is kept.
 */
function withoutSecrets(cells: string[], columns: Column[]): Pick<FailedRow, 'cells' | 'hadPassword'> {
  const secret = columns.map(({ heading, field }) => field === 'password' || looksSecret(heading))
  const place = secret.indexOf(true)
  const isShifted = cells.length > columns.length
  const isSecret = (index: number): boolean => secret[index] === true || (isShifted && place >= 0 && index > place)
  const isKept = (index: number): boolean => !isSecret(index) && columns[index]?.field !== null
  const isImported = (index: number): boolean => isShifted || Boolean(columns[index]?.field)
  return {
    cells: cells.map((cell, index) => (isKept(index) ? cell : '')),
    hadPassword: cells.some((cell, index) => cell !== '' && isSecret(index) && isImported(index)),
  }
}

function shortened({ field, from, to }: Change): Change {
  return { field, from: from?.slice(0, LONGEST_VALUE) ?? null, to: to?.slice(0, LONGEST_VALUE) ?? null }
}

import type { Config } from '../../config.ts'
import { isUniqueViolation, type Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { enqueue } from '../jobs/queue.ts'
import { ok, refused, type Result } from '../result.ts'
import { isWorkbook, workbookLines } from '../workbooks/read.ts'
import { WorkbookRefused, type WorkbookRefusal } from '../workbooks/refusals.ts'
import { rowsOf } from './file-rows.ts'
import type { FileRow } from './read-csv.ts'
import { anyImport, moveImport, type Import } from './records.ts'
import { seenMark } from './seen-mark.ts'
import { importOfForm, type Upload } from './start.ts'
import { dropFile, keepFile, type KeptFile } from './upload-file.ts'
import { planColumns } from './user-counts.ts'
import { planUsers, type PlannedUser } from './user-plan.ts'
import { FIRST_ROW, headingMistake, mostSheetRows, type HeadingMistake } from './user-sheet.ts'

export type SheetRefusal = WorkbookRefusal | 'no-rows' | 'too-many-rows' | HeadingMistake

/**
 * Takes a sheet of portal users in and keeps it encrypted. Nothing is imported yet. A second press of the same form gives
 * the import that the first one made. Refused when it is no workbook that can be read, when a heading was changed, and
 * when it has no rows or too many.
 */
export async function startUserImport(
  db: Db,
  config: Config,
  staff: Staff,
  upload: Upload,
  now: number,
): Promise<Result<number, SheetRefusal>> {
  const before = await importOfForm(db, staff, upload.formKey)
  if (before !== null) return ok(before)
  const taken = await takeSheet(config, upload)
  if (!taken.ok) return taken
  const rows = await peopleIn(config, taken.value)
  if (!rows.ok) {
    await dropFile(config, taken.value.fileKey)
    return rows
  }
  const planned = await planUsers(db, rows.value)
  const id = await addImport(db, staff, upload, taken.value, { rows: rows.value.length, planned }, now)
  if (id === null) await dropFile(config, taken.value.fileKey)
  return ok(id ?? (await importOfForm(db, staff, upload.formKey)) ?? 0)
}

/**
 * Asks for the import of a sheet. Refused with 'not-ready' when that was done before or the import was cancelled, and with
 * 'checked-again' when it would do something else by now than what was seen, of which `mark` is the mark.
 */
export function confirmUserImport(
  db: Db,
  staff: Staff,
  { id, filename }: Import,
  mark: string,
  now: number,
): Promise<Result<null, 'not-ready' | 'checked-again'>> {
  return db.transaction(async trx => {
    const current = await anyImport(trx, id)
    if (current?.state === 'ready' && seenMark(current) !== mark) return refused('checked-again')
    if (!(await moveImport(trx, id, ['ready'], { status: 'queued' }))) return refused('not-ready')
    await enqueue(trx, 'import-portal-users', { importId: id }, now)
    await record(trx, staff, 'import.confirmed', { type: 'import', id }, { filename }, now)
    return ok(null)
  })
}

async function takeSheet(config: Config, { path }: Upload): Promise<Result<KeptFile, SheetRefusal>> {
  if (!(await isWorkbook(path))) return refused('not-a-workbook')
  try {
    return ok(await keepFile(config, workbookLines(path)))
  } catch (error) {
    if (error instanceof WorkbookRefused) return refused(error.refusal)
    throw error
  }
}

/** The rows below the two top ones. */
async function peopleIn(config: Config, { fileKey }: KeptFile): Promise<Result<FileRow[], SheetRefusal>> {
  const top: FileRow[] = []
  const people: FileRow[] = []
  const most = mostSheetRows(config)
  for await (const row of rowsOf(config, fileKey, null)) {
    if (row.number < FIRST_ROW) top.push(row)
    else if (people.length <= most) people.push(row)
  }
  const mistake = headingMistake(top)
  if (mistake) return refused(mistake)
  if (people.length === 0) return refused('no-rows')
  return people.length > most ? refused('too-many-rows') : ok(people)
}

async function addImport(
  db: Db,
  staff: Staff,
  upload: Upload,
  kept: KeptFile,
  { rows, planned }: { rows: number; planned: PlannedUser[] },
  now: number,
): Promise<number | null> {
  try {
    const [row] = await db('imports')
      .insert({
        kind: 'portal_users',
        form_key: upload.formKey,
        filename: upload.filename,
        sha256: kept.sha256,
        size: kept.size,
        format: 'xlsx',
        status: 'ready',
        columns: '[]',
        options: JSON.stringify({ portals: 'add', email: false }),
        file_key: kept.fileKey,
        total_rows: rows,
        ...planColumns(planned),
        requested_by_staff_id: staff.id,
        requested_at: now,
      })
      .returning<{ id: number }[]>('id')
    return row?.id ?? null
  } catch (error) {
    if (isUniqueViolation(error)) return null
    throw error
  }
}

import type { Config } from '../../config.ts'
import { isUniqueViolation, type Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { ok, refused, type Result } from '../result.ts'
import { matchedColumns, type RememberedColumns } from './columns.ts'
import { encodingGuess, isWorkbook } from './encoding.ts'
import { delimiterOf, MOST_COLUMNS, rowsOf, UnreadableFile, type FileRow, type TextFormat } from './read-csv.ts'
import { moveImport, type Import } from './records.ts'
import { rememberedColumns } from './remembered-columns.ts'
import { dropFile, keepFile, keptFile, type KeptFile } from './upload-file.ts'

const SAMPLE_ROWS = 3
const ABANDONED_AFTER_MS = 7 * 86_400_000

export interface Upload {
  /** Where the uploaded file lies for the moment; the caller removes it. */
  path: string
  filename: string
  /** One for each time the form was shown: the same key twice is one press twice. */
  formKey: string
}

export type UploadRefusal = 'empty' | 'workbook' | 'not-text' | 'no-rows' | 'too-many-columns' | 'unreadable'

/** The first rows of a file, as they are read now. */
export interface FileStart {
  headings: string[]
  rows: FileRow[]
}

/**
 * Takes a file in: keeps it encrypted, finds out how it is written, and where its columns go. Nothing is imported yet.
 * A second press of the same form gives the import that the first one made. Refused when the file is 'empty', a
 * 'workbook' of a spreadsheet program, 'not-text', cannot be cut into rows ('unreadable'), has a heading row and
 * 'no-rows', or more columns than anybody has a use for.
 */
export async function startImport(
  db: Db,
  config: Config,
  staff: Staff,
  upload: Upload,
  now: number,
): Promise<Result<number, UploadRefusal>> {
  const before = await importOfForm(db, staff, upload.formKey)
  if (before !== null) return ok(before)
  const guess = encodingGuess()
  let start: Buffer | null = null
  const kept = await keepFile(config, upload.path, piece => {
    start ??= piece
    guess.watch(piece)
  })
  const looked = await lookInside(config, kept, start ?? Buffer.alloc(0), guess.encoding())
  if (!looked.ok) {
    await dropFile(config, kept.fileKey)
    return looked
  }
  const id = await addImport(db, staff, upload, kept, looked.value, now)
  if (id === null) await dropFile(config, kept.fileKey)
  await closeAbandoned(db, config, now)
  return ok(id ?? (await importOfForm(db, staff, upload.formKey)) ?? 0)
}

/** The heading row and the first rows below it. Throws UnreadableFile where the text cannot be cut into rows. */
export async function fileStart(config: Config, fileKey: string, format: TextFormat): Promise<FileStart> {
  const rows: FileRow[] = []
  for await (const row of rowsOf(keptFile(config, fileKey), format)) {
    rows.push(row)
    if (rows.length > SAMPLE_ROWS) break
  }
  return { headings: (rows[0]?.cells ?? []).map(heading => heading.trim()), rows: rows.slice(1) }
}

/** Where the columns go when the file is read in this way. */
export async function columnsIn(
  db: Db,
  config: Config,
  fileKey: string,
  format: TextFormat,
): Promise<Import['columns']> {
  const { headings } = await fileStart(config, fileKey, format)
  return matchedColumns(headings.slice(0, MOST_COLUMNS), await rememberedColumns(db))
}

interface Looked {
  format: TextFormat
  headings: string[]
}

async function lookInside(
  config: Config,
  kept: KeptFile,
  start: Buffer,
  encoding: string | null,
): Promise<Result<Looked, UploadRefusal>> {
  if (kept.size === 0) return refused('empty')
  if (isWorkbook(start)) return refused('workbook')
  if (encoding === null) return refused('not-text')
  const format = { encoding, delimiter: await delimiterOf(keptFile(config, kept.fileKey), encoding) }
  try {
    const { headings, rows } = await fileStart(config, kept.fileKey, format)
    if (headings.length === 0) return refused('empty')
    if (headings.length > MOST_COLUMNS) return refused('too-many-columns')
    return rows.length === 0 ? refused('no-rows') : ok({ format, headings })
  } catch (error) {
    if (error instanceof UnreadableFile) return refused('unreadable')
    throw error
  }
}

async function addImport(
  db: Db,
  staff: Staff,
  upload: Upload,
  kept: KeptFile,
  looked: Looked,
  now: number,
): Promise<number | null> {
  const remembered: RememberedColumns = await rememberedColumns(db)
  try {
    const [row] = await db('imports')
      .insert({
        kind: 'contacts',
        form_key: upload.formKey,
        filename: upload.filename,
        sha256: kept.sha256,
        size: kept.size,
        format: 'csv',
        ...looked.format,
        status: 'uploaded',
        columns: JSON.stringify(matchedColumns(looked.headings, remembered)),
        options: JSON.stringify({ portals: 'add', email: false }),
        file_key: kept.fileKey,
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

async function importOfForm(db: Db, staff: Staff, formKey: string): Promise<number | null> {
  const row = await db('imports')
    .where({ form_key: formKey, requested_by_staff_id: staff.id })
    .first<{ id: number } | undefined>('id')
  return row?.id ?? null
}

/** Files that nobody went on with do not lie here for ever. */
async function closeAbandoned(db: Db, config: Config, now: number): Promise<void> {
  const rows = await db('imports')
    .whereIn('status', ['uploaded', 'failed_validation', 'ready'])
    .where('requested_at', '<', now - ABANDONED_AFTER_MS)
    .select<{ id: number; file_key: string | null }[]>('id', 'file_key')
  for (const { id, file_key } of rows) {
    await moveImport(db, id, ['uploaded', 'failed_validation', 'ready'], {
      status: 'cancelled',
      finished_at: now,
      file_key: null,
    })
    if (file_key !== null) await dropFile(config, file_key)
  }
}

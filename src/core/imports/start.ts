import { createReadStream } from 'node:fs'
import type { Config } from '../../config.ts'
import { isUniqueViolation, type Db } from '../../db/index.ts'
import { failpoint } from '../../failpoints.ts'
import type { Staff } from '../actors.ts'
import { ok, refused, type Result } from '../result.ts'
import { isWorkbook, workbookLines } from '../workbooks/read.ts'
import { WorkbookRefused, type WorkbookRefusal } from '../workbooks/refusals.ts'
import { matchedColumns, type RememberedColumns } from './columns.ts'
import { encodingGuess } from './encoding.ts'
import { rowsOf, type FileFormat } from './file-rows.ts'
import { delimiterOf, MOST_COLUMNS, UnreadableFile, type FileRow } from './read-csv.ts'
import type { Import } from './records.ts'
import { rememberedColumns } from './remembered-columns.ts'
import { dropFile, keepFile, keptFile, type KeptFile } from './upload-file.ts'

const SAMPLE_ROWS = 3

export interface Upload {
  /** Where the uploaded file lies for the moment; the caller removes it. */
  path: string
  filename: string
  /** One for each time the form was shown: the same key twice is one press twice. */
  formKey: string
}

export type UploadRefusal = 'empty' | 'not-text' | 'no-rows' | 'too-many-columns' | 'unreadable' | WorkbookRefusal

/** The first rows of a file, as they are read now. */
export interface FileStart {
  headings: string[]
  rows: FileRow[]
}

/**
 * Takes a file in: keeps it encrypted, finds out how it is written, and where its columns go. Nothing is imported yet.
 * A second press of the same form gives the import that the first one made. Of a workbook the rows of its first sheet
 * are kept. Refused when the file is 'empty', 'not-text', cannot be cut into rows ('unreadable'), has a heading row and
 * 'no-rows', or more columns than anybody has a use for, and when it is a workbook that cannot be read.
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
  const taken = (await isWorkbook(upload.path)) ? await takeWorkbook(config, upload) : await takeText(config, upload)
  if (!taken.ok) return taken
  const { kept, format } = taken.value
  const looked = await lookInside(config, kept, format)
  if (!looked.ok) {
    await dropFile(config, kept.fileKey)
    return looked
  }
  failpoint('import.file-saved')
  const id = await addImport(db, staff, upload, taken.value, looked.value, now)
  if (id === null) await dropFile(config, kept.fileKey)
  return ok(id ?? (await importOfForm(db, staff, upload.formKey)) ?? 0)
}

/** The heading row and the first rows below it. Throws UnreadableFile where the text cannot be cut into rows. */
export async function fileStart(config: Config, fileKey: string, format: FileFormat): Promise<FileStart> {
  const rows: FileRow[] = []
  for await (const row of rowsOf(config, fileKey, format)) {
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
  format: FileFormat,
): Promise<Import['columns']> {
  const { headings } = await fileStart(config, fileKey, format)
  return matchedColumns(headings.slice(0, MOST_COLUMNS), await rememberedColumns(db))
}

interface Taken {
  kept: KeptFile
  format: FileFormat
}

async function takeWorkbook(config: Config, { path }: Upload): Promise<Result<Taken, UploadRefusal>> {
  try {
    return ok({ kept: await keepFile(config, workbookLines(path)), format: null })
  } catch (error) {
    if (error instanceof WorkbookRefused) return refused(error.refusal)
    throw error
  }
}

async function takeText(config: Config, { path }: Upload): Promise<Result<Taken, UploadRefusal>> {
  const guess = encodingGuess()
  const kept = await keepFile(
    config,
    watched(createReadStream(path), piece => guess.watch(piece)),
  )
  const encoding = await guess.encoding()
  if (kept.size > 0 && encoding !== null) {
    const delimiter = await delimiterOf(keptFile(config, kept.fileKey), encoding)
    return ok({ kept, format: { encoding, delimiter } })
  }
  await dropFile(config, kept.fileKey)
  return refused(kept.size === 0 ? 'empty' : 'not-text')
}

async function* watched(pieces: AsyncIterable<Buffer>, watch: (piece: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    watch(piece)
    yield piece
  }
}

/** The headings, when there is something below them. */
async function lookInside(
  config: Config,
  { fileKey }: KeptFile,
  format: FileFormat,
): Promise<Result<string[], UploadRefusal>> {
  try {
    const { headings, rows } = await fileStart(config, fileKey, format)
    if (headings.length === 0) return refused('empty')
    if (headings.length > MOST_COLUMNS) return refused('too-many-columns')
    return rows.length === 0 ? refused('no-rows') : ok(headings)
  } catch (error) {
    if (error instanceof UnreadableFile) return refused('unreadable')
    throw error
  }
}

async function addImport(
  db: Db,
  staff: Staff,
  upload: Upload,
  { kept, format }: Taken,
  headings: string[],
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
        format: format ? 'csv' : 'xlsx',
        encoding: format?.encoding ?? null,
        delimiter: format?.delimiter ?? null,
        status: 'uploaded',
        columns: JSON.stringify(matchedColumns(headings, remembered)),
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

/** The import that this press of a form has made already, or null. */
export async function importOfForm(db: Db, staff: Staff, formKey: string): Promise<number | null> {
  const row = await db('imports')
    .where({ form_key: formKey, requested_by_staff_id: staff.id })
    .first<{ id: number } | undefined>('id')
  return row?.id ?? null
}

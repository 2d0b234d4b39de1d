import { contactRow, type ContactRow } from './contact-row.ts'
import type { Import } from './records.ts'
import { rowsOf } from './file-rows.ts'
import type { Config } from '../../config.ts'

const ROWS_AT_ONCE = 1000

/** The rows of the file below its heading row, a thousand at a time. */
export async function* chunksOf(config: Config, { fileKey, format, columns }: Import): AsyncGenerator<ContactRow[]> {
  if (fileKey === null) throw new Error('The file of this import is gone')
  let chunk: ContactRow[] = []
  let heading = true
  for await (const row of rowsOf(config, fileKey, format)) {
    if (!heading) chunk.push(contactRow(row, columns))
    heading = false
    if (chunk.length < ROWS_AT_ONCE) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

import { setImmediate } from 'node:timers/promises'
import { contactRow, type ContactRow } from './contact-row.ts'
import type { Import } from './records.ts'
import { rowsOf } from './file-rows.ts'
import type { Config } from '../../config.ts'

/** Fewer cost more time in all, and more stop the pages for longer and take more memory: see test/bench/README.md. */
export const ROWS_AT_ONCE = 500

/** After so many rows the pages have their turn. */
const ROWS_A_TURN = 100

/** The rows of the file below its heading row, five hundred at a time. */
export async function* chunksOf(config: Config, { fileKey, format, columns }: Import): AsyncGenerator<ContactRow[]> {
  if (fileKey === null) throw new Error('The file of this import is gone')
  let chunk: ContactRow[] = []
  let heading = true
  for await (const row of rowsOf(config, fileKey, format)) {
    if (!heading) chunk.push(contactRow(row, columns))
    heading = false
    if (chunk.length % ROWS_A_TURN === 0) await setImmediate()
    if (chunk.length < ROWS_AT_ONCE) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** Does the work on some of the rows after the other, and lets the pages have their turn in between. */
export async function inTurns<Row, Done>(rows: Row[], work: (some: Row[]) => Done[]): Promise<Done[]> {
  const done: Done[] = []
  for (let start = 0; start < rows.length; start += ROWS_A_TURN) {
    done.push(...work(rows.slice(start, start + ROWS_A_TURN)))
    await setImmediate()
  }
  return done
}

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { bookIn } from './book.ts'
import { partsOf } from './parts.ts'
import { exitCodeOf, WorkbookRefused } from './refusals.ts'
import { sheetRows } from './sheet-rows.ts'

/*
 * A process of its own that reads one workbook and writes its rows, a line of JSON each. It has little memory, little
 * time and no secrets: whatever a file does to it, the program that started it goes on.
 */

const PIECE = 65_536

try {
  await pipeline(Readable.from(lines(process.argv[2] ?? '')), process.stdout)
} catch (error) {
  process.exitCode = exitCodeOf(error instanceof WorkbookRefused ? error.refusal : 'unreadable-workbook')
}

async function* lines(file: string): AsyncGenerator<string> {
  const parts = await partsOf(file)
  const book = await bookIn(parts)
  let piece = ''
  for await (const row of sheetRows(await parts.opened(book.sheet), book)) {
    piece += `${JSON.stringify(row)}\n`
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield piece
  parts.close()
}

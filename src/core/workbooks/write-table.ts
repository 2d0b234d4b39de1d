import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'

const WIDTH = 24

/**
 * A workbook with one sheet of texts below frozen headings, written while `pages` are read: as much of it is in memory
 * as the reader of the stream has not taken yet. No cell is ever a formula or a number, whatever its text looks like.
 */
export function tableWorkbook(sheet: string, headings: string[], pages: AsyncIterable<string[][]>): Readable {
  const out = new PassThrough()
  write(out, sheet, headings, pages).catch((error: unknown) => out.destroy(error as Error))
  return out
}

async function write(
  out: PassThrough,
  name: string,
  headings: string[],
  pages: AsyncIterable<string[][]>,
): Promise<void> {
  const { default: ExcelJS } = await import('exceljs') // heavy, and few requests need it
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: out, useStyles: true, useSharedStrings: false })
  const sheet = book.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }] })
  sheet.columns = headings.map(() => ({ width: WIDTH, style: { numFmt: '@' } }))
  const top = sheet.addRow(headings.map(textCell))
  top.font = { bold: true }
  top.commit()
  for await (const rows of pages) {
    for (const row of rows) sheet.addRow(row.map(textCell)).commit()
    await roomIn(out)
    if (out.destroyed) return
  }
  sheet.commit()
  await book.commit()
}

/** Waits until the reader of what is written has taken enough of it, or is gone. */
export async function roomIn(out: PassThrough): Promise<void> {
  if (out.writableNeedDrain && !out.destroyed) await Promise.race([once(out, 'drain'), once(out, 'close')])
}

/** What XML cannot hold, and text that would be read as such a sign by its number. */
// eslint-disable-next-line no-control-regex
const BY_NUMBER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff\p{Cs}]|_(?=x[0-9A-Fa-f]{4}_)/gu

/**
 * Spreadsheets read `_x0041_` in a text as the sign with that number: so stand in a cell the signs it could not hold.
 */
export function textCell(text: string): string | null {
  return text === '' ? null : text.replace(BY_NUMBER, sign => `_x${hex(sign)}_`)
}

function hex(sign: string): string {
  return sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
}

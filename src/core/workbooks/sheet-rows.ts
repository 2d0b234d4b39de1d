import type { Readable } from 'node:stream'
import type { Book } from './book.ts'
import { cellText, type Oddity, type SheetCell } from './cell-text.ts'
import { WorkbookRefused } from './refusals.ts'
import { xmlEvents, type XmlEvent } from './xml.ts'

const MOST_ROWS = 1_048_576
const MOST_COLUMNS = 16_384
const CELLS_KEPT = 250
/** As many signs as a cell can hold in a spreadsheet program. */
const CELL_LENGTH = 32_767

/** A row that is not blank: `number` is the one the spreadsheet shows, `odd` the cells nobody typed, columns from 0. */
export interface SheetRow {
  number: number
  cells: string[]
  odd: { column: number; oddity: Oddity }[]
}

/** The rows of a sheet from the top down. Cells far to the right of any list count as one. */
export async function* sheetRows(stream: Readable, book: Book): AsyncGenerator<SheetRow> {
  const reader = { row: blankRow(0), column: -1, cell: null as SheetCell | null, inText: false, inReading: false }
  for await (const events of xmlEvents(stream)) {
    for (const event of events) {
      take(reader, event, book)
      if (event.kind === 'close' && event.name === 'row' && reader.row.cells.some(cell => cell.trim() !== ''))
        yield reader.row
    }
  }
}

interface Reader {
  row: SheetRow
  /** The column of the cell before, from 0. */
  column: number
  cell: SheetCell | null
  inText: boolean
  inReading: boolean
}

function take(reader: Reader, event: XmlEvent, book: Book): void {
  if (event.kind === 'text') {
    if (reader.cell && reader.inText && !reader.inReading) reader.cell.text += event.text
    return
  }
  const opens = event.kind === 'open'
  if (event.name === 'v' || event.name === 't') reader.inText = opens
  if (event.name === 'rPh') reader.inReading = opens
  if (event.name === 'f' && reader.cell) reader.cell.hasFormula = true
  if (event.name === 'row' && opens) startRow(reader, event.attributes)
  if (event.name !== 'c') return
  if (opens) startCell(reader, event.attributes)
  else endCell(reader, book)
}

/** Rows and cells may leave out where they stand: then they stand behind the one before. */
function startRow(reader: Reader, { r }: Record<string, string>): void {
  const number = r === undefined ? reader.row.number + 1 : Number(r)
  if (!Number.isInteger(number) || number <= reader.row.number || number > MOST_ROWS)
    throw new WorkbookRefused('unreadable-workbook')
  reader.row = blankRow(number)
  reader.column = -1
}

function startCell(reader: Reader, { r, s, t }: Record<string, string>): void {
  const column = r === undefined ? reader.column + 1 : columnOf(r)
  if (column <= reader.column || column >= MOST_COLUMNS) throw new WorkbookRefused('unreadable-workbook')
  reader.column = column
  reader.cell = { kind: t ?? '', style: Number(s ?? 0), text: '', hasFormula: false }
}

function endCell(reader: Reader, book: Book): void {
  const { row, cell, column } = reader
  reader.cell = null
  if (!cell) return
  const { text, odd } = cellText(cell, book)
  if (text.length > CELL_LENGTH) throw new WorkbookRefused('too-long-cell')
  if (text === '') return
  const place = Math.min(column, CELLS_KEPT)
  while (row.cells.length < place) row.cells.push('')
  row.cells[place] = text
  if (odd) row.odd.push({ column: place, oddity: odd })
}

/** "AB12" → 27. */
function columnOf(reference: string): number {
  const [letters = ''] = /^[A-Z]{1,3}/.exec(reference) ?? []
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

function blankRow(number: number): SheetRow {
  return { number, cells: [], odd: [] }
}

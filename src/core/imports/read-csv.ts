import { parse, type CsvError, type Parser } from 'csv-parse'
import iconv from 'iconv-lite'
import { Readable } from 'node:stream'
import { unguardedCell } from '../exports/csv-cells.ts'
import type { SheetRow } from '../workbooks/sheet-rows.ts'

export const DELIMITERS = [',', ';', '\t'] as const

export const MOST_COLUMNS = 200

const LONGEST_ROW = 2_500_000

/** How the text of a file is to be read. */
export interface TextFormat {
  encoding: string
  delimiter: string
}

/** One row of the file. `number` is the one a spreadsheet shows beside it; cells carry no formula guard any more. */
export type FileRow = SheetRow

/** Thrown when the text cannot be cut into rows; `number` is the row after which reading stopped. */
export class UnreadableFile extends Error {
  readonly number: number

  constructor(number: number, cause: unknown) {
    super('The file cannot be cut into rows', { cause })
    this.number = number
  }
}

/**
 * Every row of a text that is not blank, the heading row first. Blank rows count, and a line break in quotes does not.
 */
export async function* textRows(bytes: AsyncIterable<Buffer>, format: TextFormat): AsyncGenerator<FileRow> {
  const parser = parse({
    delimiter: format.delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: LONGEST_ROW,
  })
  const source = Readable.from(withoutSepLine(decoded(bytes, format.encoding)))
  source.on('error', error => parser.destroy(error))
  let number = 0
  try {
    for await (const cells of source.pipe(parser) as Parser & AsyncIterable<string[]>) {
      number += 1
      if (cells.some(cell => cell.trim() !== '')) yield { number, cells: cells.map(unguardedCell), odd: [] }
    }
  } catch (error) {
    throw isCsvError(error) ? new UnreadableFile(number, error) : error
  } finally {
    source.destroy()
  }
}

/** The delimiter that the heading line uses most, or the one its `sep=` line names. */
export async function delimiterOf(bytes: AsyncIterable<Buffer>, encoding: string): Promise<string> {
  const start = await firstText(decoded(bytes, encoding))
  const named = sepLine(start)
  if (named) return named.delimiter
  const line = start.split(/[\r\n]+/).find(text => text.trim() !== '') ?? ''
  const plain = line.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map(delimiter => plain.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(encoding, { stripBOM: true })
  for await (const piece of bytes) {
    const text = decoder.write(piece)
    if (text !== '') yield text
  }
  const rest = decoder.end()
  if (rest) yield rest
}

/** Spreadsheets take a first line `sep=;` for themselves: it is no row. */
async function* withoutSepLine(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let first = true
  for await (const text of texts) {
    const cut = first ? (sepLine(text)?.length ?? 0) : 0
    first = false
    if (text.length > cut) yield text.slice(cut)
  }
}

function sepLine(start: string): { delimiter: string; length: number } | null {
  const [line, delimiter] = /^"?sep=([,;\t])"?(?:\r\n|\n|\r)/i.exec(start) ?? []
  return line && delimiter ? { delimiter, length: line.length } : null
}

async function firstText(texts: AsyncIterable<string>): Promise<string> {
  let start = ''
  for await (const text of texts) {
    start += text
    if (start.length >= 65_536) break
  }
  return start
}

function isCsvError(error: unknown): error is CsvError {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && code.startsWith('CSV_')
}

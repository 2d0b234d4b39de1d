import type { Book } from './book.ts'

/** A cell as it stands in the sheet. `kind` as the file has it: s, str, inlineStr, b, e, d, n or nothing. */
export interface SheetCell {
  kind: string
  style: number
  text: string
  hasFormula: boolean
}

/** A cell whose text is not what somebody typed: a formula, an error, a date, or a number with digits lost to sight. */
export type Oddity = 'formula' | 'error' | 'date' | 'number'

export interface ReadCell {
  text: string
  odd: Oddity | null
}

const DAY_MS = 86_400_000
const DAYS_TO_1970 = 25_569
const DAYS_TO_1904 = 1462
const SHOWN_AS_POWER_FROM = 1e11
const DIGITS_LOST_FROM = 1e15

/** The one place where a cell becomes text, as its spreadsheet shows it. */
export function cellText(cell: SheetCell, book: Book): ReadCell {
  const read = valueText(cell, book)
  return cell.hasFormula ? { ...read, odd: 'formula' } : read
}

function valueText({ kind, style, text }: SheetCell, book: Book): ReadCell {
  switch (kind) {
    case 's':
      return plain(written(book.strings[Number(text)] ?? ''))
    case 'str':
    case 'inlineStr':
      return plain(written(text))
    case 'b':
      return plain(text.trim() === '1' ? 'TRUE' : 'FALSE')
    case 'e':
      return { text: text.trim(), odd: 'error' }
    case 'd':
      return { text: text.trim(), odd: 'date' }
    default:
      return text.trim() === '' ? plain('') : numberText(Number(text), book.formats[style] ?? '', book.from1904)
  }
}

function numberText(value: number, format: string, from1904: boolean): ReadCell {
  if (!Number.isFinite(value)) return { text: '', odd: 'error' }
  if (showsDates(format)) return { text: dateText(value + (from1904 ? DAYS_TO_1904 : 0)), odd: 'date' }
  const digits = /^0+$/.test(format)
  if (Math.abs(value) >= (digits ? DIGITS_LOST_FROM : SHOWN_AS_POWER_FROM))
    return { text: value.toExponential(2).toUpperCase(), odd: 'number' }
  return plain(digits && Number.isInteger(value) ? String(value).padStart(format.length, '0') : String(value))
}

function showsDates(format: string): boolean {
  return /[dmyhs]/i.test(format.replace(/"[^"]*"|\\.|\[[^\]]*\]|general/gi, ''))
}

function dateText(days: number): string {
  const at = new Date(Math.round((days - DAYS_TO_1970) * DAY_MS))
  if (Number.isNaN(at.getTime())) return String(days)
  const [date = '', time = ''] = at.toISOString().split('T')
  if (Number.isInteger(days)) return date
  return days < 1 ? time.slice(0, 5) : `${date} ${time.slice(0, 5)}`
}

/** Text as it was typed: signs that XML cannot hold are written as their number. */
function written(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}

function plain(text: string): ReadCell {
  return { text, odd: null }
}

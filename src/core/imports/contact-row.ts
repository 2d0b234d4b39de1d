import { emailKey, unlinkedAddress } from '../email-address.ts'
import { CONTACT_LENGTHS, CONTACT_TYPES } from '../contacts/records.ts'
import { COMPANY_LENGTHS } from '../companies/records.ts'
import { normalized, normalizedUsername, oneLine } from '../names.ts'
import { PASSWORD_LENGTH } from '../passwords.ts'
import { USERNAME_LENGTH } from '../portal-users/records.ts'
import type { Column } from './columns.ts'
import type { Field } from './fields.ts'
import type { FileRow } from './read-csv.ts'
import type { Oddity } from '../workbooks/cell-text.ts'

/** Something about a row that a person has to change, or should know. The words are made of it where it is shown. */
export interface Problem {
  code: ProblemCode
  field: Field | null
  /** What stands in the file; never a password. */
  given?: string
  /** The row, the length, the name, or the person that the sentence speaks of. */
  about?: string | number
  /** Names that are near to the one given. */
  near?: string[]
}

export type ProblemCode =
  | 'too-many-cells'
  | 'control-characters'
  | 'too-long'
  | 'too-short'
  | 'cannot-clear'
  | 'bad-id'
  | 'bad-email'
  | 'bad-type'
  | 'damaged-number'
  | 'formula'
  | 'cell-error'
  | 'date-cell'
  | 'name-missing'
  | 'unknown-id'
  | 'other-person'
  | 'archived'
  | 'different-people'
  | 'several-contacts'
  | 'twice-in-file'
  | 'several-companies'
  | 'unknown-portal'
  | 'portals-without-login'
  | 'password-without-username'
  | 'username-without-password'
  | 'username-taken'
  | 'email-taken'
  | 'reference-taken'
  | 'password-ignored'
  | 'sign-in-email-stays'
  | 'username-stays'

/** A row as values: text to set, null to empty the field, and nothing at all to leave it as it is. */
export interface ContactRow {
  number: number
  cells: string[]
  values: Partial<Record<Field, string | null>>
  problems: Problem[]
  /** The cells with a problem, and those that ask to empty a field, as they stand in the file. */
  odd: Partial<Record<Field, string>>
}

const LONGEST_CELL = 10_000
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\p{Cs}\p{Noncharacter_Code_Point}]/u
const CLEAR = '(clear)'
const MAY_BE_CLEARED: readonly Field[] = ['company', 'email', 'phone', 'reference', 'notes', 'portals']

const LENGTHS: Partial<Record<Field, number>> = {
  ...CONTACT_LENGTHS,
  company: COMPANY_LENGTHS.name,
  username: USERNAME_LENGTH,
  password: PASSWORD_LENGTH.most,
}

/** What a cell of a workbook is that nobody typed as it stands. */
const ODDITIES: Record<Oddity, ProblemCode> = {
  formula: 'formula',
  error: 'cell-error',
  date: 'date-cell',
  number: 'damaged-number',
}

/** What is wrong with a cell of one kind, or null. */
const FORMS: Partial<Record<Field, (value: string) => ProblemCode | null>> = {
  contactId: value => (/^[1-9]\d{0,8}$/.test(value) ? null : 'bad-id'),
  type: value => (CONTACT_TYPES.some(type => type === normalized(value)) ? null : 'bad-type'),
  email: value => (emailKey(value) === null ? 'bad-email' : null),
  phone: damagedNumber,
  reference: damagedNumber,
  password: value => ([...value].length < PASSWORD_LENGTH.temporary ? 'too-short' : null),
}

/** Reads the cells of a row by the columns of its file. Every row is read into a new object. */
export function contactRow({ number, cells, odd }: FileRow, columns: Column[]): ContactRow {
  const row: ContactRow = { number, cells, values: {}, problems: [], odd: {} }
  if (cells.slice(columns.length).some(cell => cell.trim() !== '')) {
    // Its cells stand in the wrong columns, the password perhaps in one that is shown.
    row.problems.push({ code: 'too-many-cells', field: null })
    return row
  }
  columns.forEach(({ field }, index) => {
    const oddity = odd.find(({ column }) => column === index)?.oddity ?? null
    if (field) readCell(row, field, cells[index] ?? '', oddity)
  })
  joinName(row)
  return row
}

/** Text with its line breaks in one form, without spaces around it. */
export function manyLines(text: string): string {
  return text.normalize('NFC').replace(/\r\n?/g, '\n').trim()
}

function readCell(row: ContactRow, field: Field, cell: string, oddity: Oddity | null): void {
  const value = field === 'notes' ? manyLines(cell) : field === 'email' ? unlinkedAddress(cell) : cell.trim()
  if (value === '') return
  if (value.toLowerCase() === CLEAR) return clear(row, field, cell)
  const code =
    oddMistake(field, oddity) ??
    mistakeIn(field, cell, field === 'notes' || field === 'password' ? value : oneLine(value))
  const shown = field === 'password' ? {} : { given: oneLine(cell).slice(0, 200) }
  if (!code) {
    row.values[field] = readable(field, value)
    return
  }
  row.problems.push({ code, field, ...shown, ...about(code, field) })
  row.odd[field] = cell
}

function clear(row: ContactRow, field: Field, cell: string): void {
  row.odd[field] = cell
  if (MAY_BE_CLEARED.includes(field)) row.values[field] = null
  else row.problems.push({ code: 'cannot-clear', field, given: CLEAR })
}

/** A date in notes is as good as its text. */
function oddMistake(field: Field, oddity: Oddity | null): ProblemCode | null {
  return oddity === null || (oddity === 'date' && field === 'notes') ? null : ODDITIES[oddity]
}

function mistakeIn(field: Field, cell: string, value: string): ProblemCode | null {
  if (cell.length > LONGEST_CELL || [...value].length > (LENGTHS[field] ?? LONGEST_CELL)) return 'too-long'
  if (value === '' || UNPRINTABLE.test(cell)) return 'control-characters'
  return FORMS[field]?.(value) ?? null
}

/** Spreadsheets turn long numbers into powers of ten, and the last digits are lost. */
function damagedNumber(value: string): ProblemCode | null {
  return /^\d([.,]\d+)?E\+?\d+$/i.test(value) ? 'damaged-number' : null
}

function readable(field: Field, value: string): string {
  if (field === 'notes' || field === 'password') return value
  return field === 'type' ? normalized(value) : oneLine(value)
}

function about(code: ProblemCode, field: Field): Pick<Problem, 'about'> {
  if (code === 'too-long') return { about: LENGTHS[field] ?? LONGEST_CELL }
  return code === 'too-short' ? { about: PASSWORD_LENGTH.temporary } : {}
}

function joinName(row: ContactRow): void {
  const { firstName, lastName } = row.values
  const name = [firstName, lastName].filter(part => part).join(' ')
  if (name === '') return
  row.values.name = name
  if ([...name].length > CONTACT_LENGTHS.name)
    row.problems.push({ code: 'too-long', field: 'name', given: name, about: CONTACT_LENGTHS.name })
}

/** The keys by which one person stands in a file once; all of them come from the file alone. */
export interface RowKeys {
  contactId: number | null
  email: string | null
  username: string | null
  reference: string | null
}

export function keysOf(row: ContactRow): RowKeys {
  const keys = known.get(row) ?? readKeys(row)
  known.set(row, keys)
  return keys
}

/** Reading them again and again is what planning would spend most of its time on. */
const known = new WeakMap<ContactRow, RowKeys>()

function readKeys({ values }: ContactRow): RowKeys {
  return {
    contactId: values.contactId ? Number(values.contactId) : null,
    email: values.email ? emailKey(values.email) : null,
    username: values.username ? normalizedUsername(values.username) : null,
    reference: values.reference ?? null,
  }
}

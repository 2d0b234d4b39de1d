import { stringify } from 'csv-stringify/sync'
import ExcelJS from 'exceljs'
import { closeSync, openSync, writeSync } from 'node:fs'
import { people, type Person } from './people.ts'

export const PORTALS = ['Orders', 'Documents', 'Support'] as const

export const GENERIC_PASSWORD = 'harbour-2026'

/** The columns of a file as an office would bring it. */
export const CONTACT_HEADINGS = ['Name', 'Company', 'Email', 'Phone', 'Username', 'Password', 'Portals']

/** The two rows that the sheet of portal users begins with. */
const USER_TOP = [
  ['Access Level', 'Name', 'Email', 'Roles', 'Company', 'Portals', 'ID', 'Check'],
  ['Required', 'Required', 'Required', ...Array<string>(5).fill('Optional')],
]

const ROWS_AT_ONCE = 10_000

/** Which people a file has; with one password for all of them unless each gets their own. */
export interface Brought {
  contacts: number
  /** The first of them, counted from 0, so that they are not those of the office. */
  first?: number
  ownPasswords?: boolean
}

/** Somebody in a file of contacts: a username, a password, two portals. */
function contactCells({ name, company, email, phone, username }: Person, password: string): string[] {
  return [name, company, email, phone, username, password, `${PORTALS[0]}; ${PORTALS[1]}`]
}

/** The password of somebody in a file where each has their own. */
export function ownPassword({ username }: Person): string {
  return `${GENERIC_PASSWORD} ${username}`
}

export function writeContactsCsv(file: string, brought: Brought): void {
  const handle = openSync(file, 'w')
  writeSync(handle, stringify([CONTACT_HEADINGS]))
  for (const rows of contactRows(brought)) writeSync(handle, stringify(rows))
  closeSync(handle)
}

/** Spreadsheet programs keep the texts of a sheet in a part that cells share. */
export async function writeContactsBook(file: string, brought: Brought): Promise<void> {
  await writeBook(file, [[CONTACT_HEADINGS], ...contactRows(brought)], true)
}

/** The sheet of portal users. */
export async function writeUsersBook(file: string, users: number): Promise<void> {
  await writeBook(file, [USER_TOP, people(users).map(userCells)], true)
}

/** The template of portal users as it is downloaded with everybody in it. */
export async function writeUsersTemplate(file: string, users: number): Promise<void> {
  const rows = people(users).map((person, index) => [...userCells(person), String(index + 1), '1'])
  await writeBook(file, [USER_TOP, rows], false)
}

/** Writes a sheet as a stream with the usual library, every cell text. */
export async function writeBook(
  filename: string,
  pieces: Iterable<string[][]> | AsyncIterable<string[][]>,
  useSharedStrings: boolean,
): Promise<void> {
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ filename, useStyles: true, useSharedStrings })
  const sheet = book.addWorksheet('Sheet')
  let isFirst = true
  for await (const rows of pieces) {
    if (isFirst) sheet.columns = (rows[0] ?? []).map(() => ({ width: 20, style: { numFmt: '@' } }))
    isFirst = false
    for (const cells of rows) sheet.addRow(cells.map(text => (text === '' ? null : text))).commit()
  }
  sheet.commit()
  await book.commit()
}

function* contactRows({ contacts, first = 0, ownPasswords }: Brought): Generator<string[][]> {
  for (let from = 0; from < contacts; from += ROWS_AT_ONCE) {
    const some = people(Math.min(ROWS_AT_ONCE, contacts - from), { first: first + from, all: contacts })
    yield some.map(person => contactCells(person, ownPasswords ? ownPassword(person) : GENERIC_PASSWORD))
  }
}

/** Up to the portals. */
function userCells({ name, email, company }: Person): string[] {
  return ['Full', name, email, '', company, `${PORTALS[0]}; ${PORTALS[1]}`]
}

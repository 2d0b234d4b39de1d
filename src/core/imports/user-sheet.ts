import type { AccessLevel } from '../access/levels.ts'
import type { FileRow } from './read-csv.ts'

/** As many people as one transaction takes in before others who write have waited too long. */
const MOST_ROWS = 10_000

/** The columns of the sheet of portal users, in the order in which they have to stay. */
export const SHEET_COLUMNS = [
  {
    heading: 'Access Level',
    required: true,
    help: 'Read only: see and download. Standard: also change My Details. Full: also upload documents. Keep leaves the levels somebody has.',
  },
  {
    heading: 'Name',
    required: true,
    help: `The name of the person. A sheet holds at most ${MOST_ROWS.toLocaleString('en-GB')} people.`,
  },
  { heading: 'Email', required: true, help: 'The person signs in with it. One address is one person.' },
  {
    heading: 'Roles',
    required: false,
    help: 'Names of roles, with a semicolon between them. Blank keeps what is there, (clear) takes all roles away.',
  },
  { heading: 'Company', required: false, help: 'The name of a company in Portico. Blank keeps what is there.' },
  {
    heading: 'Portals',
    required: false,
    help: 'Names of portals, with a semicolon between them. They are added; none is taken away. Blank means the only portal, when there is one only, for people who have none.',
  },
  { heading: 'ID', required: false, help: 'Filled in for people who have a login. Leave it as it is.' },
  {
    heading: 'Check',
    required: false,
    help: 'Tells whether somebody was changed since the download. Leave it as it is.',
  },
] as const

/** How many rows a sheet of portal users may have. */
export function mostSheetRows({ importRows }: { importRows: number }): number {
  return Math.min(importRows, MOST_ROWS)
}

export const SHEET_PROBLEM = 'Problem'

export const FIRST_ROW = 3

/** The place of each column, from 0. */
export const AT = { level: 0, name: 1, email: 2, roles: 3, company: 4, portals: 5, id: 6, check: 7 } as const

export const LEVEL_WORDS: Record<AccessLevel | 'keep', string> = {
  full: 'Full',
  standard: 'Standard',
  read_only: 'Read only',
  keep: 'Keep',
}

/** A heading that was changed, by its place: what stands there, and what should; '' for nothing. */
export interface HeadingMistake {
  cell: string
  expected: string
  found: string
}

export function requiredWord(required: boolean): string {
  return required ? 'Required' : 'Optional'
}

/** The first cell of the two top rows that is not as it was downloaded, or null. */
export function headingMistake(rows: FileRow[]): HeadingMistake | null {
  const top = [SHEET_COLUMNS.map(column => column.heading), SHEET_COLUMNS.map(column => requiredWord(column.required))]
  for (const [index, expected] of top.entries()) {
    const cells = rows.find(row => row.number === index + 1)?.cells ?? []
    for (let column = 0; column < Math.max(cells.length, expected.length); column += 1) {
      const found = (cells[column] ?? '').trim()
      if (column === expected.length && (found === SHEET_PROBLEM || found === '')) continue
      if (found !== (expected[column] ?? ''))
        return { cell: `${letter(column)}${String(index + 1)}`, expected: expected[column] ?? '', found }
    }
  }
  return null
}

/** The level that a cell names, or null. */
export function levelNamed(text: string): AccessLevel | 'keep' | null {
  const plain = text.trim().toLowerCase().replace(/[_-]/g, ' ')
  const found = Object.entries(LEVEL_WORDS).find(([, word]) => word.toLowerCase() === plain)
  return (found?.[0] as AccessLevel | 'keep' | undefined) ?? null
}

/** Columns behind the last are as wrong as one another: Z stands for all that are further right. */
function letter(column: number): string {
  return String.fromCharCode(65 + Math.min(column, 25))
}

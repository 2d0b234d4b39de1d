import { short } from './numbers.ts'

export type Unit = 'ms' | 's' | 'MB'

/** One line of the result. `portico` and `floor` are medians; a line without a floor has no ratio. */
export interface Row {
  what: string
  contacts: number
  unit: Unit
  floor: number | null
  portico: number
  /** The ratio that we want to stay within. */
  goal: number | null
  note: string
}

const HEADINGS = ['', 'contacts', 'floor', 'Portico', 'ratio', 'goal', '']

/** The rows as plain text in columns: words to the left, numbers to the right. */
export function tableOf(rows: Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map(line => (line[column] ?? '').length)))
  return lines
    .map(line => line.map((cell, column) => aligned(cell, column, widths[column] ?? 0)).join('  '))
    .map(line => line.trimEnd())
    .join('\n')
}

/** How many times the floor; null without one. */
export function ratioOf({ floor, portico }: Row): number | null {
  return floor === null ? null : portico / floor
}

function cells(row: Row): string[] {
  const { what, contacts, unit, floor, portico, goal, note } = row
  const ratio = ratioOf(row)
  return [
    what,
    contacts.toLocaleString('en-GB'),
    floor === null ? '' : `${short(floor)} ${unit}`,
    `${short(portico)} ${unit}`,
    ratio === null ? '' : `${ratio.toFixed(2)}×`,
    goal === null ? '' : `${String(goal)}×`,
    note,
  ]
}

function aligned(cell: string, column: number, width: number): string {
  return column === 0 || column === HEADINGS.length - 1 ? cell.padEnd(width) : cell.padStart(width)
}

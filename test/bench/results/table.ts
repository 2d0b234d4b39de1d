import { short, type Figure } from './numbers.ts'
import { isMet, type Goal, type Row, type Side, type Unit } from './row.ts'

export const HEADINGS = [
  'goal',
  'job',
  'size',
  'engine',
  'Portico',
  'floor',
  'ratio',
  'wanted',
  'met',
  'CPU',
  'floor CPU',
  'CPU ratio',
  'peak',
  'floor peak',
  'note',
]

const TO_THE_LEFT = new Set(['goal', 'job', 'engine', 'note'])

/** The rows as plain text in columns: words to the left, numbers to the right. */
export function tableOf(rows: Row[]): string {
  const lines = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map(line => (line[column] ?? '').length)))
  return lines
    .map(line => line.map((cell, column) => aligned(cell, column, widths[column] ?? 0)).join('  '))
    .map(line => line.trimEnd())
    .join('\n')
}

/** What stands in the columns: medians with the lowest and highest round, and both sides' processor time and memory. */
export function cellsOf(row: Row): string[] {
  const { job, what, contacts, engine, portico, floor, ratio, goal, unit, note } = row
  return [
    job,
    what,
    contacts.toLocaleString('en-GB'),
    engine,
    spread(portico.value, ` ${unit}`),
    floor ? spread(floor.value, ` ${unit}`) : '',
    ratio ? spread(ratio, '×') : '',
    goal ? wanted(goal, unit) : '',
    { true: 'yes', false: 'NO', null: '' }[String(isMet(row)) as 'true' | 'false' | 'null'],
    processor(portico),
    processor(floor),
    processorRatio(portico, floor),
    memory(portico),
    memory(floor),
    note,
  ]
}

/** “12.3 (11.0–14.2) ms”: the middle, and between which the rounds lay. */
export function spread({ median, low, high, rounds }: Figure, unit: string): string {
  const between = rounds > 1 ? ` (${short(low)}–${short(high)})` : ''
  return `${short(median)}${between}${unit}`
}

function wanted(goal: Goal, unit: Unit): string {
  return 'within' in goal ? `≤ ${String(goal.within)}×` : `≤ ${String(goal.most)}${unit === '×' ? '×' : ` ${unit}`}`
}

function processor(side: Side | null): string {
  if (!side || side.cpuMs === null) return ''
  return side.cpuMs >= 1000 ? `${short(side.cpuMs / 1000)} s` : `${short(side.cpuMs)} ms`
}

/** Steadier than the ratio of times on a busy machine. */
function processorRatio(portico: Side, floor: Side | null): string {
  return portico.cpuMs === null || !floor?.cpuMs ? '' : `${short(portico.cpuMs / floor.cpuMs)}×`
}

function memory(side: Side | null): string {
  return !side || side.peakMb === null ? '' : `${String(Math.round(side.peakMb))} MB`
}

function aligned(cell: string, column: number, width: number): string {
  return TO_THE_LEFT.has(HEADINGS[column] ?? '') ? cell.padEnd(width) : cell.padStart(width)
}

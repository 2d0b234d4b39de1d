import type { MeasuredProcess } from './measured-process.ts'
import type { Row } from './table.ts'

/** The two processes that are compared. */
export interface Sides {
  floor: MeasuredProcess
  portico: MeasuredProcess
}

/** Throws when something was not done: a figure for work that was left out is worth nothing. */
export function expectRows(found: Record<string, number>, wanted: Record<string, number>): void {
  for (const [table, rows] of Object.entries(wanted)) {
    if (found[table] !== rows) throw new Error(`${table} has ${String(found[table])} rows and not ${String(rows)}`)
  }
}

/** The most memory that any round needed above the idle process; no row where the system does not tell. */
export function memoryRow(
  what: string,
  contacts: number,
  floor: { peakMb: number | null }[],
  portico: { peakMb: number | null }[],
): Row[] {
  const most = (rounds: { peakMb: number | null }[]): number => Math.max(...rounds.map(round => round.peakMb ?? 0))
  if (portico.some(round => round.peakMb === null)) return []
  const line = { what: `${what}: peak memory above idle`, contacts, unit: 'MB', goal: null, note: '' } as const
  return [{ ...line, floor: most(floor), portico: most(portico) }]
}

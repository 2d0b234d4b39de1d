import type { Engine } from '../offices/engine.ts'
import { figureOf, median, type Figure } from './numbers.ts'

export type Unit = 'ms' | 's' | 'MB' | '×'

/** What one round of a measurement gave. */
export interface Round {
  /** In the unit of its row. */
  value: number
  /** Of the processor, for each time that the work was done; null where the system does not tell. */
  cpuMs: number | null
  /** The most memory above that of the idle process and those it started; null where the system does not tell. */
  peakMb: number | null
}

/** One side of a comparison. */
export interface Side {
  value: Figure
  cpuMs: number | null
  peakMb: number | null
}

/** What we want: to stay within so many times the floor, or below a value in the unit of the row. */
export type Goal = { within: number } | { most: number }

/** What was measured, and what we want of it. */
export interface Line {
  /** Its number among our goals: B1 to B11. */
  job: string
  what: string
  contacts: number
  engine: Engine
  unit: Unit
  goal: Goal | null
  note: string
}

/** One line of the result. A line without a floor has no ratio. */
export interface Row extends Line {
  portico: Side
  floor: Side | null
  ratio: Figure | null
}

/** The rounds of the two sides belong together in pairs: those of one pair ran right after each other. */
export function rowOf(line: Line, portico: Round[], floor: Round[] | null): Row {
  if (portico.length === 0 || floor?.length === 0) throw new Error(`${line.what}: nothing was measured`)
  return { ...line, portico: sideOf(portico), floor: floor && sideOf(floor), ratio: floor && ratioOf(portico, floor) }
}

/** Whether the goal is met; null without one. */
export function isMet({ goal, portico, ratio }: Row): boolean | null {
  if (!goal) return null
  if ('most' in goal) return portico.value.median <= goal.most
  return ratio !== null && ratio.median <= goal.within
}

/** What makes a row the same one in another run. */
export function keyOf({ job, what, contacts, engine }: Line): string {
  return `${job} ${what}, ${String(contacts)}, ${engine}`
}

function sideOf(rounds: Round[]): Side {
  const known = (values: (number | null)[]): number[] => values.filter(value => value !== null)
  const cpu = known(rounds.map(round => round.cpuMs))
  const memory = known(rounds.map(round => round.peakMb))
  return {
    value: figureOf(rounds.map(round => round.value)),
    cpuMs: cpu.length > 0 ? median(cpu) : null,
    peakMb: memory.length > 0 ? Math.max(...memory) : null,
  }
}

function ratioOf(portico: Round[], floor: Round[]): Figure {
  const pairs = portico.slice(0, floor.length).map(({ value }, index) => value / (floor[index]?.value ?? NaN))
  const middle = median(portico.map(round => round.value)) / median(floor.map(round => round.value))
  return { ...figureOf(pairs), median: middle }
}

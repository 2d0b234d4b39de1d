import { short, type Figure } from './numbers.ts'
import { keyOf, type Row } from './row.ts'
import { spread } from './table.ts'

/**
 * By what a figure may grow for noise, however close together the rounds lay, by the number of rounds: of one, two, or
 * more.
 */
const NOISE = [1, 0.3, 0.1]

/** A row whose figure is another one than in the saved run. */
export interface Move {
  row: string
  before: Figure
  after: Figure
  /** Ratios to the floor where there is a floor, as the machine may have been busier; else in this unit. */
  unit: string
  better: boolean
}

export interface Comparison {
  moved: Move[]
  /** How many rows stayed within noise. */
  same: number
  /** Rows of only one of the two runs. */
  unmatched: string[]
}

/**
 * Which rows moved beyond noise since a saved run: the rounds of the two do not overlap, and the middle moved far
 * enough.
 */
export function comparison(before: Row[], after: Row[]): Comparison {
  const known = new Map(before.map(row => [keyOf(row), row]))
  const pairs = after.flatMap(row => {
    const old = known.get(keyOf(row))
    return old ? [[old, row] as const] : []
  })
  const moved = pairs.flatMap(([old, row]) => moveOf(old, row) ?? [])
  const now = new Set(after.map(keyOf))
  const unmatched = [
    ...after.map(keyOf).filter(key => !known.has(key)),
    ...[...known.keys()].filter(key => !now.has(key)),
  ]
  return { moved, same: pairs.length - moved.length, unmatched }
}

/** The comparison in sentences, those that became worse first. */
export function comparisonLines({ moved, same, unmatched }: Comparison): string[] {
  const worseFirst = moved.toSorted((a, b) => Number(a.better) - Number(b.better))
  return [
    ...worseFirst.map(move => {
      const change = (move.after.median / move.before.median - 1) * 100
      const by = `${change > 0 ? '+' : '−'}${short(Math.abs(change))} %`
      const figures = `${spread(move.before, move.unit)} before, ${spread(move.after, move.unit)} now`
      return `${move.better ? 'better' : 'WORSE'}: ${move.row}: ${figures} (${by})`
    }),
    `${String(same)} ${same === 1 ? 'row' : 'rows'} within noise.`,
    ...(unmatched.length > 0 ? [`In one of the runs only: ${unmatched.join('; ')}.`] : []),
  ]
}

function moveOf(old: Row, row: Row): Move | null {
  const relative = old.ratio !== null && row.ratio !== null
  const [before, after] = relative ? [old.ratio, row.ratio] : [old.portico.value, row.portico.value]
  if (!before || !after) return null
  const apart = after.low > before.high || after.high < before.low
  const rounds = Math.min(before.rounds, after.rounds, NOISE.length)
  const grown = Math.max(after.median / before.median, before.median / after.median) - 1
  const far = grown > (NOISE[rounds - 1] ?? Infinity)
  if (!apart || !far) return null
  const unit = relative ? '×' : ` ${row.unit}`
  return { row: keyOf(row), before, after, unit, better: after.median < before.median }
}

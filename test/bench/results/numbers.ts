/** The value below which `share` of the values lie, by the nearest rank. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

/** The middle value; of an even number of them, half way between the two in the middle. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? NaN
  return sorted.length % 2 === 0 ? ((sorted[half - 1] ?? NaN) + upper) / 2 : upper
}

/** What the rounds of a measurement gave: the middle, and the spread from the lowest to the highest. */
export interface Figure {
  median: number
  low: number
  high: number
  rounds: number
}

export function figureOf(values: number[]): Figure {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values), rounds: values.length }
}

/** How long some work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Three figures are all that a measurement is worth: 0.123, 1.23, 12.3, 123, 1,234. */
export function short(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB')
  return value.toPrecision(3)
}

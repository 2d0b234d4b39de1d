/** The value below which `share` of the values lie, by the nearest rank. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

export function median(values: number[]): number {
  return percentile(values, 0.5)
}

/** How long some work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Three figures are all that a measurement is worth: 0.123, 1.23, 12.3, 123, 1,234. */
export function short(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-GB')
  return value.toPrecision(3)
}

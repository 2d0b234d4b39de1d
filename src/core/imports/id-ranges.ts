/** Ids in a short form, for the audit log: `1-1000, 1005`. */
export function idRanges(ids: number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const id of [...new Set(ids)].toSorted((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range?.[1] === id - 1) range[1] = id
    else ranges.push([id, id])
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${String(first)}-${String(last)}`)).join(', ')
}

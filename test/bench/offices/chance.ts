const SEED = 20_261_122

/** A number from 0 up to 1 that looks drawn by lot, and is the same for the same `index` and `of` at every run. */
export function chance(index: number, of: string): number {
  let mixed = SEED ^ Math.imul(index + 1, 0x9e3779b1)
  for (let at = 0; at < of.length; at += 1) mixed = Math.imul(mixed ^ of.charCodeAt(at), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

export function picked<T>(list: readonly T[], index: number, of: string): T {
  const found = list[Math.floor(chance(index, of) * list.length)]
  if (found === undefined) throw new Error('There is nothing to pick from')
  return found
}

/** Numbers by lot that come again with the same seed. */
export interface Random {
  /** A whole number, both ends included. */
  between(from: number, to: number): number
}

/** The generator called mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return {
    between(from, to) {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      const part = ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
      return from + Math.floor(part * (to - from + 1))
    },
  }
}

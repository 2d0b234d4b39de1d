import { setTimeout } from 'node:timers/promises'

const SOONEST_MS = 5
const LOOKS = 100

/** Looks until it is so: ever less often, to be late by no more than a hundredth and to take next to nothing from the work. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begin = performance.now()
  while (!(await isSo())) await setTimeout(Math.max(SOONEST_MS, (performance.now() - begin) / LOOKS))
}

import { inTurns, type Bench, type Sides } from '../bench.ts'
import { roundOf } from '../processes/measured-process.ts'
import type { Visitor } from '../processes/visitor.ts'
import { median, percentile, short } from '../results/numbers.ts'
import type { Round } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'

const FEWEST_REQUESTS = 5
const LONGEST_ROUND_MS = 2000
const MOST_ROUNDS = 3

/** Somebody at Portico, and somebody at the floor. */
export interface Visitors {
  visitor: Visitor
  bare: Visitor
}

/** The two pages that are compared, as addresses. */
export interface Pages {
  page: string
  floor: string
}

/** Both are asked for their page until hardly anything is compiled any more, or for two seconds. */
export async function warmUp({ sizes }: Bench, { visitor, bare }: Visitors, { page, floor }: Pages): Promise<void> {
  await requests(bare, floor, sizes.warmUp)
  await requests(visitor, page, sizes.warmUp)
}

/** The middle of many requests for a page each round, floor and Portico in turns, and both p99 in words. */
export async function pageRounds(
  { sizes }: Bench,
  contacts: number,
  sides: Sides,
  { visitor, bare }: Visitors,
  { page, floor }: Pages,
): Promise<{ portico: Round[]; floor: Round[]; note: string }> {
  const times: { portico: number[]; floor: number[] } = { portico: [], floor: [] }
  const round = async (side: 'portico' | 'floor', who: Visitor, address: string): Promise<Round> => {
    const measured = await sides[side].watch(() => requests(who, address, sizes.requests))
    times[side].push(...measured.answer)
    return roundOf(measured, median(measured.answer), measured.answer.length)
  }
  await requests(bare, floor, sizes.requests)
  await requests(visitor, page, sizes.requests)
  const rounds = await inTurns(
    { ...roundsFor(sizes, contacts), most: Math.min(MOST_ROUNDS, sizes.rounds.most) },
    () => round('floor', bare, floor),
    () => round('portico', visitor, page),
  )
  const [ours, bares] = [times.portico, times.floor].map(all => short(percentile(all, 0.99)))
  return { ...rounds, note: `p99 ${ours ?? ''} ms, floor ${bares ?? ''}` }
}

/** How long each of some requests took; slow pages are asked for less often, so that a run ends. */
export async function requests(visitor: Visitor, address: string, count: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + LONGEST_ROUND_MS
  while (times.length < count && (times.length < FEWEST_REQUESTS || performance.now() < end)) {
    times.push((await visitor.ask(address)).ms)
  }
  return times
}

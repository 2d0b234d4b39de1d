import type { Offices } from './offices/offices.ts'
import { MeasuredProcess } from './processes/measured-process.ts'
import type { Round, Row } from './results/row.ts'
import type { Rounds, Sizes } from './sizes.ts'

/** The two processes that are compared. */
export interface Sides {
  floor: MeasuredProcess
  portico: MeasuredProcess
}

/** Where jobs are measured on one engine. */
export interface Bench {
  offices: Offices
  sizes: Sizes
  /** For files that come and go. */
  folder: string
  /** What Portico keeps beside its database. */
  dataDir: string
  /** Runs the work with two processes, fresh ones unless all jobs share them. */
  withSides: <T>(work: (sides: Sides) => Promise<T>) => Promise<T>
}

/** One of the goals B1 to B11, or a part of it. */
export interface Job {
  /** As `--only` names it. */
  name: string
  goal: string
  sizes(sizes: Sizes): number[]
  measure(bench: Bench, contacts: number): Promise<Row[]>
  /** Rows that need what was found at all sizes. */
  across?(rows: Row[]): Row[]
}

/** Floor and Portico in turns, and who begins changes too, so that neither always has the better moment. */
export async function inTurns(
  { least, most, ms }: Rounds,
  floorRound: () => Promise<Round>,
  porticoRound: () => Promise<Round>,
): Promise<{ floor: Round[]; portico: Round[] }> {
  const floor: Round[] = []
  const portico: Round[] = []
  const end = performance.now() + ms
  while (portico.length < most && (portico.length < least || performance.now() < end)) {
    const sides = [async () => floor.push(await floorRound()), async () => portico.push(await porticoRound())]
    for (const side of portico.length % 2 === 0 ? sides : sides.toReversed()) await side()
  }
  return { floor, portico }
}

/** Throws when something was not done: a figure for work that was left out is worth nothing. */
export function expectRows(found: Record<string, number>, wanted: Record<string, number>): void {
  for (const [what, rows] of Object.entries(wanted)) {
    if (found[what] !== rows) throw new Error(`There are ${String(found[what])} ${what} and not ${String(rows)}`)
  }
}

/** Starts and ends the processes of a bench. */
export class Pairs {
  readonly #offices: Offices
  readonly #shares: boolean
  #shared: Sides | null = null

  constructor(offices: Offices, { sharesProcesses }: Sizes) {
    this.#offices = offices
    this.#shares = sharesProcesses
  }

  /** Runs the work with two processes, fresh ones unless all jobs share them. */
  readonly with = async <T>(work: (sides: Sides) => Promise<T>): Promise<T> => {
    const sides = this.#shared ?? (await this.#started())
    if (this.#shares) this.#shared = sides
    try {
      const result = await work(sides)
      if (!this.#shares) await ended(sides)
      return result
    } catch (error) {
      this.#shared = null // whatever they were at, nobody waits for it
      await Promise.all([sides.floor.kill(), sides.portico.kill()])
      throw error
    }
  }

  /** Ends those that are shared. */
  async end(): Promise<void> {
    if (this.#shared) await ended(this.#shared)
  }

  async #started(): Promise<Sides> {
    const start = (name: 'floor' | 'portico') => MeasuredProcess.start(name, this.#offices.serverPid)
    const [floor, portico] = await Promise.all([start('floor'), start('portico')])
    return { floor, portico }
  }
}

async function ended({ floor, portico }: Sides): Promise<void> {
  await Promise.all([floor.end(), portico.end()])
}

import type { Failpoint } from '../../src/failpoints.ts'
import type { Browser } from '../support/browser.ts'
import { freshDatabase, type TestDatabase } from '../support/engine.ts'
import { aRealServer, type RealServer } from '../support/real-server.ts'
import type { Random } from './random.ts'

/** How the server is to die once: at a place, the nth time it comes there, or so many milliseconds after its start. */
export type Kill = { at: Failpoint | 'migration.begun' | 'migration.done'; nth: number } | { afterMs: number }

/** A server that dies as it is told, and is started again until it has died of everything. */
export interface Victim extends RealServer {
  /** How often it died. */
  deaths(): number
  /** Brings it back to life when it is dead, with the next thing to die of. */
  revive(): Promise<void>
  /** How many places it was to die at and did not; a moment can come too late. */
  left(): number
}

const TRIES_WITHOUT_STEP = 4

/** Longer than any lease of a job, or of a mail, that a dead process leaves behind. */
const AFTER_LEASES_MS = 121_000

export async function aVictim(
  kills: Kill[],
  settings: Record<string, string> = {},
  database: () => Promise<TestDatabase> = freshDatabase,
): Promise<Victim> {
  const waiting = [...kills]
  let deaths = 0
  const first = waiting.shift()
  const server = await aRealServer(settings, {
    program: 'test/faults/process.ts',
    first: environmentOf(first),
    database,
  })
  armTimer(server, first)

  async function revive(): Promise<void> {
    if (server.isAlive()) return
    deaths += 1
    await server.later(AFTER_LEASES_MS)
    const kill = waiting.shift()
    await server.start(environmentOf(kill))
    armTimer(server, kill)
  }

  return { ...server, deaths: () => deaths, revive, left: () => waiting.filter(kill => 'at' in kill).length }
}

/** One that comes at the very end comes after the result, or is not known to have come when the result is there. */
export async function lastDeath(victim: Victim, kills: Kill[]): Promise<void> {
  const named = kills.filter(kill => 'at' in kill).length
  for (let waited = 0; waited < 5000 && victim.deaths() < named; waited += 50) {
    await new Promise(resolve => setTimeout(resolve, 50))
    await victim.revive()
  }
  await victim.revive()
}

/** Somebody of the office, who tries until the server lives long enough. */
export async function signedIn(victim: Victim): Promise<Browser> {
  for (;;) {
    await victim.revive()
    const staff = await victim.signedInStaff().catch(() => null)
    if (staff?.path.startsWith('/staff/sign-in') === false) return staff
  }
}

/** So many deaths at moments between these two. */
export function atRandom(random: Random, many: number, from: number, to: number): Kill[] {
  return Array.from({ length: many }, () => ({ afterMs: random.between(from, to) }))
}

function environmentOf(kill: Kill | undefined): Record<string, string> {
  return kill && 'at' in kill ? { FAILPOINT: `${kill.at}:${String(kill.nth)}` } : {}
}

function armTimer(server: RealServer, kill: Kill | undefined): void {
  if (kill && 'afterMs' in kill) setTimeout(() => void killUnlessLast(server), kill.afterMs)
}

/** A job whose process dies at each of five tries, before its first step, is given up: that is no accident. */
async function killUnlessLast(server: RealServer): Promise<void> {
  while ((await triesWithoutStep(server)) >= TRIES_WITHOUT_STEP) await new Promise(resolve => setTimeout(resolve, 20))
  await server.kill()
}

async function triesWithoutStep({ db }: RealServer): Promise<number> {
  const row = await db('jobs')
    .where({ state: 'running' })
    .max<{ tries: number | null } | undefined>({ tries: 'attempts' })
    .first()
  return row?.tries ?? 0
}

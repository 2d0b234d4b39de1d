import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { inTurns, type Job } from '../bench.ts'
import { processorMs, residentKb } from '../processes/tree.ts'
import { freePort } from '../../support/free-port.ts'
import { rowOf, type Line, type Round } from '../results/row.ts'
import { bareProgram, builtProgram, productionInstall } from './start-programs.ts'

const ASK_EVERY_MS = 5
const LONGEST_START_MS = 60_000
const MOST_ROUNDS = 3

/** The built program on an office that is there, to the page to sign in; beside it a bare one that imports the same. */
export const start: Job = {
  name: 'start',
  goal: 'B10',
  sizes: sizes => sizes.start,
  async measure({ offices, folder, sizes }, contacts) {
    const database = await offices.copyOf({ contacts, inUse: true })
    const programs = { floor: bareProgram(folder), portico: builtProgram(folder) }
    const idle: { floor: Round[]; portico: Round[] } = { floor: [], portico: [] }
    const round = async (side: 'floor' | 'portico', address: string): Promise<Round> => {
      const found = await started(programs[side], address, { DATABASE_URL: database }, sizes.restMs)
      if (found.idleMb !== null) idle[side].push({ value: found.idleMb, cpuMs: null, peakMb: null })
      return { value: found.ms, cpuMs: found.cpuMs, peakMb: null }
    }
    const times = await inTurns(
      { least: Math.min(MOST_ROUNDS, sizes.rounds.most), most: MOST_ROUNDS, ms: 0 },
      () => round('floor', '/'),
      () => round('portico', '/staff/sign-in'),
    )
    await offices.drop(database)
    const line: Line = { job: 'B10', what: '', contacts, engine: offices.engine, unit: 'MB', goal: null, note: '' }
    const first: Line = { ...line, what: 'start: to the first page', unit: 'ms', goal: { within: 2 } }
    const { megabytes, packages } = productionInstall()
    const size = [{ value: megabytes, cpuMs: null, peakMb: null }]
    return [
      rowOf(first, times.portico, times.floor),
      ...(idle.portico.length > 0
        ? [rowOf({ ...line, what: 'start: idle memory', goal: { within: 1.5 } }, idle.portico, idle.floor)]
        : []),
      rowOf({ ...line, what: 'start: production install', note: `${String(packages)} packages` }, size, null),
    ]
  },
}

/**
 * From the command to the first answer, the processor time of that, and the memory once nothing has been asked for a
 * while.
 */
interface Start {
  ms: number
  cpuMs: number | null
  idleMb: number | null
}

/** Starts a program, asks for `address` until it answers, lets it rest, and ends it. */
async function started(program: string, address: string, env: Record<string, string>, restMs: number): Promise<Start> {
  const port = String(await freePort())
  const begin = performance.now()
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...production(port, path.dirname(program)), ...env },
  })
  try {
    await answered(`http://127.0.0.1:${port}${address}`, () => child.exitCode !== null)
    const ms = performance.now() - begin
    const cpuMs = processorMs(child.pid ?? 0)
    await setTimeout(restMs)
    const idleKb = residentKb(child.pid ?? 0)
    return { ms, cpuMs, idleMb: idleKb === null ? null : idleKb / 1024 }
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

function production(port: string, folder: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    BASE_URL: `http://localhost:${port}`,
    PORT: port,
    HOST: '127.0.0.1',
    DATA_DIR: folder,
    APP_SECRET: 'a secret that only the bench knows, long enough',
  }
}

async function answered(address: string, isGone: () => boolean): Promise<void> {
  const until = performance.now() + LONGEST_START_MS
  while (performance.now() < until && !isGone()) {
    const status = await fetch(address).then(
      async answer => (await answer.text(), answer.status),
      () => 0,
    )
    if (status === 200) return
    if (status !== 0) throw new Error(`${address} was answered with ${String(status)}`)
    await setTimeout(ASK_EVERY_MS)
  }
  throw new Error(`Nothing answers at ${address}`)
}

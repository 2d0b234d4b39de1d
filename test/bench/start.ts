import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { copyOf } from './databases.ts'
import { residentKb } from './measured-process.ts'
import { median, short } from './numbers.ts'
import type { Sizes } from './options.ts'
import { bareProgram, builtProgram, productionInstall } from './start-programs.ts'
import type { Row } from './table.ts'
import { freePort } from './visitor.ts'

const ASK_EVERY_MS = 5
const LONGEST_START_MS = 60_000
const IDLE_MS = 5000
const TICK_MS = 10

/** From the command to the first answer, the processor time of that, and the memory once nothing has been asked for a while. */
interface Start {
  ms: number
  cpuMs: number
  idleMb: number
}

/** The built program on an office that is there, to the page to sign in; beside it a bare one that imports the same. */
export async function measureStart(folder: string, office: string, sizes: Sizes): Promise<Row[]> {
  const programs = { floor: bareProgram(folder), portico: builtProgram(folder) }
  const database = copyOf(office, 'start')
  const floors: Start[] = []
  const porticos: Start[] = []
  for (let round = 0; round < sizes.rounds; round += 1) {
    floors.push(await started(programs.floor, '/', {}))
    porticos.push(await started(programs.portico, '/staff/sign-in', { DATABASE_URL: `sqlite:${database}` }))
  }
  const middle = (starts: Start[], what: keyof Start): number => median(starts.map(start => start[what]))
  const sides = (what: keyof Start) => ({ floor: middle(floors, what), portico: middle(porticos, what) })
  const line = { contacts: sizes.list[0], note: '' }
  const cpu = sides('cpuMs')
  const note = `${short(cpu.portico)} ms of CPU (floor ${short(cpu.floor)})`
  const idle = sides('idleMb')
  const { megabytes, packages } = productionInstall()
  return [
    { ...line, what: 'start: to the first page', unit: 'ms', ...sides('ms'), goal: 2, note },
    ...(idle.portico > 0 ? [{ ...line, what: 'start: idle memory', unit: 'MB' as const, ...idle, goal: 1.5 }] : []),
    {
      ...line,
      what: 'start: production install',
      unit: 'MB',
      floor: null,
      portico: megabytes,
      goal: null,
      note: `${String(packages)} packages`,
    },
  ]
}

/** Starts a program, asks for `address` until it answers, lets it rest, and ends it. */
async function started(program: string, address: string, env: Record<string, string>): Promise<Start> {
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
    await setTimeout(IDLE_MS)
    return { ms, cpuMs, idleMb: (residentKb(child.pid ?? 0) ?? 0) / 1024 }
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null) await once(child, 'exit')
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

/** What a process has used of the processors; 0 where no file says so. */
function processorMs(pid: number): number {
  try {
    const [, fields = ''] = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ')
    const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number)
    return (user + system) * TICK_MS
  } catch {
    return 0
  }
}

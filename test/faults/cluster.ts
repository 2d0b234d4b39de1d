import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readConfig, type Config } from '../../src/config.ts'
import { openDb, type Db } from '../../src/db/index.ts'
import { projectRoot } from '../../src/root.ts'
import { freshDatabase } from '../support/engine.ts'
import { freePort } from '../support/free-port.ts'
import { scratchFolder } from '../support/scratch.ts'
import { aProxy, type Proxy } from './proxy.ts'

/** Two processes with the pages, two for the work, one database, and a proxy in front. */
export interface Cluster {
  db: Db
  config: Config
  proxy: Proxy
  /** Kills one of each that has another one beside it, and starts them again. The answer is how many were killed. */
  killOneOfEach(): Promise<number>
  end(): Promise<void>
}

interface Member {
  isReady(): boolean
  start(): Promise<void>
  kill(): Promise<void>
}

export async function aCluster(settings: Record<string, string>): Promise<Cluster> {
  const database = await freshDatabase()
  const db = openDb(database.url)
  const folder = mkdtempSync(path.join(scratchFolder(), 'cluster-'))
  const ports = [await freePort(), await freePort()]
  const proxy = await aProxy(ports)
  const own = {
    NODE_ENV: 'test',
    HOST: 'localhost',
    BASE_URL: proxy.base,
    DATA_DIR: folder,
    DATABASE_URL: database.url,
    APP_SECRET: 'a secret that only this test knows, long enough',
    LOG_LEVEL: 'error',
    TRUST_PROXY: '1',
    ...settings,
  }
  const pages = ports.map(port => aMember('src/server.ts', { ...own, PORT: String(port), RUN_WORKER: 'no' }, port))
  const workers = [0, 1].map(() => aMember('src/worker.ts', own, null))
  const all = [...pages, ...workers]
  await Promise.all(all.map(member => member.start()))
  return {
    db,
    config: readConfig(own),
    proxy,
    async killOneOfEach() {
      const chosen = [pages, workers].flatMap(members => (members.every(one => one.isReady()) ? [drawn(members)] : []))
      await Promise.all(chosen.map(member => member.kill()))
      for (const member of chosen) void member.start()
      return chosen.length
    },
    async end() {
      await Promise.all(all.map(member => member.kill()))
      await proxy.stop()
      await db.destroy()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function drawn(members: Member[]): Member {
  const [first, second] = members as [Member, Member]
  return Math.random() < 0.5 ? first : second
}

/** A process; one without a port is taken for ready once it has had time to begin. */
function aMember(program: string, env: Record<string, string>, port: number | null): Member {
  let child: ChildProcess | undefined
  let ready = false
  return {
    isReady: () => ready,
    async start() {
      const mine = spawn(process.execPath, ['--import', 'tsx', program], {
        cwd: projectRoot,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      child = mine
      while (child === mine && mine.exitCode === null && !(await answers(port))) await setTimeout(50)
      ready = child === mine
    },
    async kill() {
      const mine = child
      ready = false
      child = undefined
      if (!mine || mine.exitCode !== null || mine.signalCode !== null) return
      mine.kill('SIGKILL')
      await once(mine, 'exit')
    },
  }
}

async function answers(port: number | null): Promise<boolean> {
  if (port === null) return setTimeout(2000, true)
  return fetch(`http://localhost:${String(port)}/ready`).then(
    answer => answer.ok,
    () => false,
  )
}

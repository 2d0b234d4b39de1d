import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino, { type DestinationStream } from 'pino'
import { createApp } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import type { Role } from '../../src/core/actors.ts'
import type { JobDeps } from '../../src/core/jobs/deps.ts'
import { kinds } from '../../src/core/jobs/kinds.ts'
import { startWorker, type Worker } from '../../src/core/jobs/worker.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { addStaff } from '../../src/core/team/accounts.ts'
import { openDb, type Db } from '../../src/db/index.ts'
import { Browser } from './browser.ts'
import { engine, freshDatabase, type Engine } from './engine.ts'

export const STAFF_PASSWORD = 'lantern orchard mosaic'

/** A quick password cost: the only thing about passwords that a test may change. */
export const QUICK_PASSWORDS = { memoryCost: 64, timeCost: 1, parallelism: 1 }

/** A whole running Portico of its own: database, pages, background work, and a clock that can be moved. */
export interface World {
  db: Db
  base: string
  config: Config
  deps: JobDeps
  /** Milliseconds UTC of this world. */
  now: () => number
  /** Moves this world's clock on. */
  later: (ms: number) => void
  /** Background work that is due begins now, and not within a second. */
  wake: () => void
  /** A new script-free browser, signed in as nobody. */
  browser(): Browser
  aStaff(name: string, role?: Role): Promise<{ id: number; email: string; password: string }>
  /** A browser in which a new member of staff with this role is signed in. */
  signedInStaff(role?: Role): Promise<Browser>
  end(): Promise<void>
}

/** `written` takes everything the log says, down to the smallest. */
export async function aWorld(
  settings: Partial<Config> = {},
  written?: DestinationStream,
  on: Engine = engine,
): Promise<World> {
  const database = await freshDatabase(on)
  const db = openDb(database.url)
  const dataDir = mkdtempSync(path.join(tmpdir(), 'portico-world-'))
  const server = await listening()
  const base = `http://localhost:${String((server.address() as AddressInfo).port)}`
  const config = { ...plainConfig(base, dataDir, database.url), ...settings }
  let ahead = 0
  const now = (): number => Date.now() + ahead
  const log = written ? pino({ level: 'trace' }, written) : pino({ level: process.env.TEST_LOG ?? 'silent' })
  const deps: JobDeps = { db, config, log, now, passwords: createPasswords(QUICK_PASSWORDS) }
  const worker: Worker = startWorker(kinds, deps)
  server.on('request', createApp({ ...deps, wakeWorker: worker.wake }))
  const staffPassword = deps.passwords.hash(STAFF_PASSWORD)
  let staffCount = 0

  async function aStaff(name: string, role: Role = 'manager') {
    const email = `${name.toLowerCase().replace(/\W+/g, '.')}@office.example`
    const passwordHash = await staffPassword
    const id = await db.transaction(trx => addStaff(trx, { name, email, role, passwordHash }, now()))
    return { id, email, password: STAFF_PASSWORD }
  }

  async function signedInStaff(role: Role = 'manager'): Promise<Browser> {
    staffCount += 1
    const staff = await aStaff(`Rosa Marsh ${String(staffCount)}`, role)
    const browser = new Browser(base)
    await browser.open('/staff/sign-in')
    browser.fill('Email address', staff.email)
    browser.fill('Password', staff.password)
    await browser.press('Sign in')
    return browser
  }

  async function end(): Promise<void> {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    await worker.stop()
    await db.destroy()
    await database.drop()
    rmSync(dataDir, { recursive: true, force: true })
  }

  return {
    db,
    base,
    config,
    deps,
    now,
    later: ms => void (ahead += ms),
    wake: worker.wake,
    browser: () => new Browser(base),
    aStaff,
    signedInStaff,
    end,
  }
}

function plainConfig(baseUrl: string, dataDir: string, databaseUrl: string): Config {
  return {
    production: false,
    port: 0,
    host: 'localhost',
    baseUrl,
    dataDir,
    bucket: null,
    databaseUrl,
    migrateTo: null,
    appSecret: 'a secret that only this test knows, long enough',
    smtpUrl: null,
    mailFrom: 'portico@office.example',
    mailPerMinute: 100_000,
    trustProxy: 1,
    officeName: 'Harbour & Finch',
    timeZone: 'Europe/London',
    logLevel: 'silent',
    runWorker: true,
    drainSeconds: 0,
    metricsToken: null,
    idleHours: 24,
    sessionDays: 7,
    importMegabytes: 10,
    importRows: 50_000,
    documentMegabytes: 25,
    portalMegabytes: 2048,
    freeMegabytes: 0,
  }
}

function listening(): Promise<Server> {
  return new Promise(resolve => {
    const server = createServer()
    server.listen(0, 'localhost', () => resolve(server))
  })
}

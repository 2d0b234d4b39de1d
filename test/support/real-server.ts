import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readConfig, type Config } from '../../src/config.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { addStaff } from '../../src/core/team/accounts.ts'
import { openDb, type Db } from '../../src/db/index.ts'
import { projectRoot } from '../../src/root.ts'
import { Browser } from './browser.ts'
import { freshDatabase, type TestDatabase } from './engine.ts'
import { freePort } from './free-port.ts'
import { scratchFolder } from './scratch.ts'
import { QUICK_PASSWORDS, STAFF_PASSWORD } from './world.ts'

/** The server as it is run, in a process of its own that can be killed; its database stays open here. */
export interface RealServer {
  db: Db
  config: Config
  /** Until it is ready, or dead already. What it is given besides holds for this time only. */
  start(besides?: Record<string, string>): Promise<void>
  isAlive(): boolean
  pid(): number
  /** As a power cut would: nothing in the process gets to tidy up. */
  kill(): Promise<void>
  /** What its log has said since it was started last; empty unless it is kept. */
  said(): string
  /** From now on nobody reads its log. */
  unread(): void
  /** When it has stopped somewhere, it goes on from there. */
  wake(): void
  /** Starts another program over the same database and folder, which is killed at the end. */
  beside(program: string): void
  /** Asks it to end, as a service manager does. The answer is its exit code. */
  terminate(): Promise<number | null>
  /** The clock of another process cannot be moved: what it waits for in the database comes nearer instead. */
  later(ms: number): Promise<void>
  signedInStaff(): Promise<Browser>
  end(): Promise<void>
}

interface Kept {
  program: string
  /** What its first start is given besides. */
  first: Record<string, string>
  database: () => Promise<TestDatabase>
  /** Its log is read by nobody from the start, read and kept, or goes to this file. */
  log: 'ignored' | 'kept' | { file: string }
}

/** A server that runs already. */
export async function aRealServer(
  settings: Record<string, string> = {},
  { program = 'src/server.ts', first = {}, database: made = freshDatabase, log = 'ignored' }: Partial<Kept> = {},
): Promise<RealServer> {
  const database = await made()
  const db = openDb(database.url)
  const folder = mkdtempSync(path.join(scratchFolder(), 'crash-'))
  const port = String(await freePort())
  const base = `http://localhost:${port}`
  const own = {
    NODE_ENV: 'test',
    PORT: port,
    HOST: 'localhost',
    BASE_URL: base,
    DATA_DIR: folder,
    DATABASE_URL: database.url,
    APP_SECRET: 'a secret that only this test knows, long enough',
    LOG_LEVEL: 'error',
    ...settings,
  }
  let server: ChildProcess | undefined
  let said = ''
  const others: ChildProcess[] = []

  const isAlive = (): boolean => server !== undefined && server.exitCode === null && server.signalCode === null
  const run = (script: string, more: Record<string, string> = {}): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: projectRoot,
      env: { ...process.env, ...own, ...more },
      stdio: ['ignore', log === 'kept' ? 'pipe' : log === 'ignored' ? 'ignore' : openSync(log.file, 'w'), 'inherit'],
    })
  const start = async (more: Record<string, string> = {}): Promise<void> => {
    said = ''
    server = run(program, more)
    server.stdout?.on('data', text => void (said += String(text)))
    await until(() =>
      fetch(`${base}/ready`).then(
        answer => answer.ok,
        () => !isAlive(),
      ),
    )
  }
  const kill = async (): Promise<void> => {
    if (!server || !isAlive()) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  const terminate = async (): Promise<number | null> => {
    server?.kill('SIGTERM')
    if (server && server.exitCode === null) await once(server, 'exit')
    return server?.exitCode ?? null
  }
  const end = async (): Promise<void> => {
    for (const other of others) other.kill('SIGKILL')
    await kill()
    await db.destroy()
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  }
  await start(first)
  return {
    db,
    config: readConfig(own),
    start,
    isAlive,
    pid: () => server?.pid ?? 0,
    kill,
    said: () => said,
    unread: () => void server?.stdout?.destroy(),
    wake: () => void server?.kill('SIGCONT'),
    beside: script => void others.push(run(script)),
    terminate,
    later: ms => later(db, ms),
    signedInStaff: () => signedInStaff(db, base),
    end,
  }
}

/** Waits until it is so, a minute at most. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (await isSo()) return
    await setTimeout(20)
  }
  throw new Error('It did not become so within a minute')
}

async function later(db: Db, ms: number): Promise<void> {
  const moments = { jobs: ['run_at', 'lease_until'], emails: ['send_after', 'sending_since'] }
  for (const [table, columns] of Object.entries(moments))
    if (await db.schema.hasTable(table))
      await db(table).update(Object.fromEntries(columns.map(column => [column, db.raw('?? - ?', [column, ms])])))
}

/** A browser in which the one member of staff of this server is signed in. */
export async function signedInStaff(db: Db, base: string): Promise<Browser> {
  const email = 'rosa@office.example'
  const passwordHash = await createPasswords(QUICK_PASSWORDS).hash(STAFF_PASSWORD)
  const isNew = (await db('staff_users').where({ email })).length === 0
  const rosa = { name: 'Rosa Marsh', email, role: 'manager' as const, passwordHash }
  if (isNew) await db.transaction(trx => addStaff(trx, rosa, Date.now()))
  const browser = new Browser(base)
  await browser.open('/staff/sign-in')
  browser.fill('Email address', email)
  browser.fill('Password', STAFF_PASSWORD)
  await browser.press('Sign in')
  return browser
}

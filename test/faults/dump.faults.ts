import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../../src/config.ts'
import { mailPausedSince } from '../../src/core/mail/pause.ts'
import { openDb, type Db } from '../../src/db/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { projectRoot } from '../../src/root.ts'
import { aDocument } from '../support/documents.ts'
import { describeOn, type TestDatabase } from '../support/engine.ts'
import { aMailServer } from '../support/mail-server.ts'
import { put, to } from '../support/outbox.ts'
import { aPortal, aPortalUser, type SomePortal } from '../support/people.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'
import { scratchFolder } from '../support/scratch.ts'
import { systemPostgres, type SystemPostgres } from '../support/system-postgres.ts'
import type { World } from '../support/world.ts'
import { worldOf } from './acting.ts'
import { broken } from './holds.ts'
import { tell } from './table.ts'

const NAMES = ['Ada', 'Bea']

describeOn('postgres')('A backup of PostgreSQL, as README says', function () {
  this.timeout(300_000)
  let folder: string
  let postgres: SystemPostgres | string
  before(async () => {
    folder = mkdtempSync(path.join(scratchFolder(), 'dump-'))
    chmodSync(folder, 0o755) // PostgreSQL runs as another person when the tests run as root
    postgres = await systemPostgres(folder)
  })
  const running: (() => Promise<void>)[] = []
  after(async () => {
    for (const end of running.toReversed()) await end()
    if (typeof postgres !== 'string') await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is one moment of an office where people work on, and is restored whole, with its mail paused', async function () {
    if (typeof postgres === 'string') {
      console.log(`skipped: ${postgres}`)
      return this.skip()
    }
    const mail = await aMailServer()
    running.push(() => mail.stop())
    const office = await aRealServer({ RUN_WORKER: 'no' }, { database: () => aDatabase(postgres as SystemPostgres) })
    running.push(() => office.end())
    await office.signedInStaff()
    const known = await staffVersion(office.db)
    await backedUp(office, postgres, folder)
    const copy = await restored(office, postgres, { folder, mail: mail.url })
    running.push(() => copy.end())
    const staff = await copy.signedInStaff()

    const wrong = [...(await halfDone(copy.db, office.db)), ...(await broken(copy.db, copy.config))]
    tell({ name: `${postgres.version} while people write`, trials: 1, deaths: 0, wrong: wrong.length, twice: 0 })
    expect(wrong).to.deep.equal([])
    expect([await mailPausedSince(office.db), typeof (await mailPausedSince(copy.db))]).to.deep.equal([null, 'number'])
    expect([await copy.db('emails').pluck('status'), mail.taken]).to.deep.equal([['queued'], []])
    expect(staff.path).to.equal('/staff/contacts')
    expect([await staffVersion(office.db), await staffVersion(copy.db)]).to.deep.equal([known, known + 1])
  })
})

/** While two people add contacts with logins, access and documents: first the database, then the files. */
async function backedUp(office: RealServer, postgres: SystemPostgres, folder: string): Promise<void> {
  const world = worldOf(office)
  const orders = await aPortal(world, 'Orders')
  await put(world, [to('Ada Okafor', 'ada@customer.example')])
  const ended = new AbortController()
  const working = Promise.all(NAMES.map(name => work(world, orders, name, ended.signal)))
  await until(async () => (await office.db('documents')).length >= 4)
  await postgres.run('pg_dump', ['-Fc', '-f', path.join(folder, 'office.dump'), office.config.databaseUrl])
  const atTheEnd = (await office.db('contacts')).length
  await command('src/backup.ts', ['--to', path.join(folder, 'files')], environmentOf(office.config))
  await until(async () => (await office.db('contacts')).length > atTheEnd)
  ended.abort()
  await working
}

async function work(world: World, orders: SomePortal, name: string, ended: AbortSignal): Promise<void> {
  for (let n = 0; !ended.aborted; n += 1) {
    await aPortalUser(world, { name: `${name} ${String(n)}`, portals: [orders] })
    if (n % 5 === 0) await aDocument(world, orders.id, `${name} ${String(n)}.pdf`)
  }
}

/** In place of nothing: a new database, an empty folder, and the old secret. */
async function restored(
  office: RealServer,
  postgres: SystemPostgres,
  { folder, mail }: { folder: string; mail: string },
): Promise<RealServer> {
  const database = await aDatabase(postgres, 'copy', false)
  const own = { DATA_DIR: path.join(folder, 'copy'), DATABASE_URL: database.url }
  await postgres.run('pg_restore', ['--exit-on-error', '-d', database.url, path.join(folder, 'office.dump')])
  await command('src/restore.ts', ['--from', path.join(folder, 'files')], { ...environmentOf(office.config), ...own })
  return aRealServer({ ...own, SMTP_URL: mail }, { database: () => Promise.resolve(database) })
}

/** What of the work is there in part, or after something that is not, a sentence each. */
async function halfDone(copy: Db, office: Db): Promise<string[]> {
  const wrong: string[] = []
  const names = await copy('contacts').orderBy('id').pluck<string[]>('name')
  const rest = (await office('contacts')).length - names.length
  console.log(`${String(names.length)} contacts in the copy, ${String(rest)} came later`)
  if (rest <= 0) wrong.push('nobody worked on')
  const inTurn = NAMES.flatMap(name => {
    const theirs = names.filter(one => one.startsWith(name))
    return theirs.map((one, index): [string, string] => [one, `${name} ${String(index)}`])
  })
  for (const [one, expected] of inTurn) if (one !== expected) wrong.push(`${one} instead of ${expected}`)
  for (const table of ['portal_users', 'portal_access']) {
    const there = (await copy(table)).length
    if (there !== names.length) wrong.push(`${String(there)} ${table} of ${String(names.length)} contacts`)
  }
  if ((await copy('documents')).length < 4) wrong.push('documents are missing')
  return wrong
}

async function aDatabase(postgres: SystemPostgres, name = 'office', withTables = true): Promise<TestDatabase> {
  const server = openDb(postgres.urlOf('postgres'))
  await server.raw('create database ??', [name])
  await server.destroy()
  const url = postgres.urlOf(name)
  const db = openDb(url)
  if (withTables) await migrate(db)
  await db.destroy()
  return { url, drop: () => Promise.resolve() } // it goes with its server
}

const environmentOf = ({ dataDir, databaseUrl, appSecret, baseUrl }: Config): Record<string, string> => {
  return { DATA_DIR: dataDir, DATABASE_URL: databaseUrl, APP_SECRET: appSecret, BASE_URL: baseUrl }
}

/** As `npm run backup` and `npm run restore` do. */
async function command(program: string, given: string[], env: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...given], {
    cwd: projectRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code, program).to.equal(0)
}

async function staffVersion(db: Db): Promise<number> {
  const row = await db('staff_users').orderBy('id').first<{ version: number }>('session_version as version')
  return row.version
}

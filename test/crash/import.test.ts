import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { addStaff } from '../../src/core/team/accounts.ts'
import { openDb, type Db } from '../../src/db/index.ts'
import { projectRoot } from '../../src/root.ts'
import { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { freshDatabase, type TestDatabase } from '../support/engine.ts'
import { scratchFolder } from '../support/scratch.ts'
import { QUICK_PASSWORDS, STAFF_PASSWORD } from '../support/world.ts'

const ROWS = 8000

describe('An import whose server is killed', function () {
  this.timeout(90_000)
  let database: TestDatabase
  let db: Db
  let folder: string
  let base: string
  let server: ChildProcess | undefined

  beforeEach(async () => {
    database = await freshDatabase()
    db = openDb(database.url)
    folder = mkdtempSync(path.join(scratchFolder(), 'crash-'))
    base = `http://localhost:${String(await freePort())}`
    server = await started()
  })
  afterEach(async () => {
    await killed()
    await db.destroy()
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('goes on after a restart, and every row is there once', async () => {
    await addPortal(db, system, 'Orders', Date.now())
    const staff = await signedIn()
    await choose(staff, people())
    await staff.press('Check the file')
    await checked(staff)
    const pressed = staff.press('Import 8,000 rows').catch(() => undefined)
    await until(async () => (await lastRow()) > 1)
    await killed()
    await pressed
    const reached = await lastRow()
    expect(reached).to.be.within(2, ROWS)
    expect((await db('contacts')).length).to.equal(reached - 1)

    server = await started()
    await until(async () => (await db('imports').where({ status: 'completed' })).length === 1)
    await staff.open(staff.path)

    expect(staff.facts()).to.include({
      'Rows read': '8,000',
      'Contacts added': '8,000',
      'Already up to date': '0',
      'Not imported': '0',
    })
    for (const table of ['contacts', 'portal_users', 'portal_access']) expect((await db(table)).length).to.equal(ROWS)
    expect((await db('contacts').distinct('email')).length).to.equal(ROWS)
  })

  async function started(): Promise<ChildProcess> {
    const { port } = new URL(base)
    const env = {
      ...process.env,
      NODE_ENV: 'test',
      PORT: port,
      HOST: 'localhost',
      BASE_URL: base,
      DATA_DIR: folder,
      DATABASE_URL: database.url,
      LOG_LEVEL: 'error',
    }
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
      cwd: projectRoot,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await until(() =>
      fetch(`${base}/ready`).then(
        answer => answer.ok,
        () => false,
      ),
    )
    return child
  }

  async function killed(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }

  async function signedIn(): Promise<Browser> {
    const email = 'rosa@office.example'
    const passwordHash = await createPasswords(QUICK_PASSWORDS).hash(STAFF_PASSWORD)
    await db.transaction(trx => addStaff(trx, { name: 'Rosa Marsh', email, role: 'manager', passwordHash }, Date.now()))
    const browser = new Browser(base)
    await browser.open('/staff/sign-in')
    browser.fill('Email address', email)
    browser.fill('Password', STAFF_PASSWORD)
    await browser.press('Sign in')
    return browser
  }

  async function lastRow(): Promise<number> {
    const row = await db('imports').where({ status: 'processing' }).first<{ next_row: number } | undefined>('next_row')
    return row?.next_row ?? 0
  }
})

async function checked(staff: Browser): Promise<void> {
  while (staff.h1.startsWith('Checking')) await staff.open(`${staff.path.split('?')[0] ?? ''}?look=again`)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (await isSo()) return
    await setTimeout(20)
  }
  throw new Error('It did not become so within a minute')
}

function people(): string {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const number = String(index + 1)
    return `Person ${number},person${number}@x.example,person${number},harbour-2026,Orders`
  })
  return ['Name,Email,Username,Password,Portals', ...rows].join('\n')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

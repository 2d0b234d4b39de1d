import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { broken, strayContent } from './holds.ts'
import { nextStep, people, state, wrongRows } from './importing.ts'
import type { Browser } from '../support/browser.ts'
import { aPdf } from '../support/documents.ts'
import { describeOn, freshDatabase, type TestDatabase } from '../support/engine.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'
import { scratchFolder } from '../support/scratch.ts'

const ROWS = 2500
const MEGABYTE = 1_048_576

/** A disk on which nothing more can be written until it is mended. */
interface Disk {
  folder: string
  fail(server: RealServer): void
  mend(server: RealServer): void
  end(): void
  status: number
  words: string
}

describeOn('sqlite')('A disk', function () {
  this.timeout(120_000)

  for (const [what, made] of [
    ['that is full', smallDisk],
    ['that fails', failingDisk],
  ] as const)
    it(`${what} is missed in a sentence; nothing is half done, and all goes on once it is mended`, async function () {
      const disk = made()
      if (typeof disk === 'string') {
        console.log(`skipped: ${disk}`)
        return this.skip()
      }
      const server = await aRealServer(
        { DATA_DIR: disk.folder, MIN_FREE_MB: '0' },
        { database: () => databaseIn(disk.folder) },
      )
      try {
        await everything(server, disk)
      } finally {
        await server.end()
        disk.end()
      }
    })
})

async function everything(server: RealServer, disk: Disk): Promise<void> {
  const { db, config } = server
  await addPortal(db, system, 'Orders', Date.now())
  const staff = await server.signedInStaff()
  await staff.open('/staff/contacts/new')
  staff.fill('Name', 'Ada Okafor')
  disk.fail(server)
  await staff.press('Add contact')
  expect([staff.status, staff.text.includes(disk.words)]).to.deep.equal([disk.status, true])
  expect(await db('contacts')).to.have.length(0)
  disk.mend(server)
  staff.back()
  await staff.press('Add contact')
  expect(await db('contacts').pluck('name')).to.deep.equal(['Ada Okafor'])
  await db('contacts').delete()

  await uploaded(server, staff, disk)
  const importer = await server.signedInStaff()
  const asked = (async () => {
    const over = ['processing', 'completed']
    while (!over.includes((await state(server)) ?? '')) await nextStep(server, importer, people(ROWS))
  })()
  await until(async () => (await db('contacts')).length > 0)
  disk.fail(server)
  await setTimeout(1000)
  const reached = (await db('contacts')).length
  disk.mend(server)
  await until(async () => (await state(server)) === 'completed')
  await asked

  expect(reached).to.be.below(ROWS)
  expect(reached % 500).to.equal(0)
  expect(await wrongRows(server, ROWS)).to.deep.equal([])
  expect(await broken(db, config)).to.deep.equal([])
  expect(server.isAlive()).to.equal(true)
}

/** A document is refused, and nothing of it is left; afterwards it is taken. */
async function uploaded(server: RealServer, staff: Browser, disk: Disk): Promise<void> {
  const { db, config } = server
  const [portal] = await db('portals').pluck<number[]>('id')
  const upload = async (): Promise<void> => {
    await staff.open(`/staff/client-portals/${String(portal)}/documents`)
    staff.attach('Choose files', 'march.pdf', Buffer.concat([aPdf('march'), Buffer.alloc(MEGABYTE)]), 'application/pdf')
    await staff.press('Upload')
  }
  disk.fail(server)
  await upload().catch(() => undefined)
  const refused = await db('documents')
  disk.mend(server)
  await upload()

  expect([refused.length, (await db('documents')).length]).to.deep.equal([0, 1])
  expect(await strayContent(db, config)).to.equal(0)
}

/** A file system of its own, in memory. */
function smallDisk(): Disk | string {
  const folder = mkdtempSync(path.join(scratchFolder(), 'disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder])
  if (mounted.status !== 0) return 'a small disk can be made by root only'
  const unmount = (): void => void spawnSync('umount', ['-l', folder])
  process.once('exit', unmount)
  const filler = path.join(folder, 'filler')
  return {
    folder,
    fail: () => fill(filler),
    mend: () => rmSync(filler, { force: true }),
    end: unmount,
    status: 507,
    words: 'The disk is full. Nothing was changed.',
  }
}

function fill(file: string): void {
  const opened = openSync(file, 'w')
  try {
    for (const piece of [Buffer.alloc(MEGABYTE), Buffer.alloc(1)]) for (;;) writeSync(opened, piece)
  } catch {
    // there is no room for more
  } finally {
    closeSync(opened)
  }
}

/** One that takes no byte from the server. */
function failingDisk(): Disk | string {
  if (spawnSync('prlimit', ['--version']).status !== 0) return 'prlimit (of util-linux) is not here'
  const folder = mkdtempSync(path.join(scratchFolder(), 'disk-'))
  const limited = (server: RealServer, bytes: string): void => {
    const done = spawnSync('prlimit', ['--pid', String(server.pid()), `--fsize=${bytes}:`])
    expect(done.status, String(done.stderr)).to.equal(0)
  }
  return {
    folder,
    fail: server => limited(server, '0'),
    mend: server => limited(server, 'unlimited'),
    end: () => rmSync(folder, { recursive: true, force: true }),
    status: 503,
    words: 'The disk of Portico takes nothing at the moment. Nothing was changed.',
  }
}

async function databaseIn(folder: string): Promise<TestDatabase> {
  const made = await freshDatabase()
  const file = path.join(folder, 'portico.sqlite3')
  copyFileSync(made.url.slice('sqlite:'.length), file)
  return { url: `sqlite:${file}`, drop: () => made.drop() }
}

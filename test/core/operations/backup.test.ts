import { expect } from 'chai'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { diskStorage } from '../../../src/core/documents/storage.ts'
import { mailPausedSince } from '../../../src/core/mail/pause.ts'
import { backUp, restore } from '../../../src/core/operations/backup.ts'
import { installation } from '../../../src/core/operations/ownership.ts'
import { openDb, type Db } from '../../../src/db/index.ts'
import { mistakesIn } from '../../../src/db/snapshot.ts'
import { aDocument } from '../../support/documents.ts'
import { describeOn } from '../../support/engine.ts'
import { put, to } from '../../support/outbox.ts'
import { aContact, aPortal, aPortalUser } from '../../support/people.ts'
import { scratchFolder } from '../../support/scratch.ts'
import { aWorld, type World } from '../../support/world.ts'

describeOn('sqlite')('A backup', () => {
  let world: World
  let folder: string
  beforeEach(async () => {
    world = await aWorld()
    folder = mkdtempSync(path.join(scratchFolder(), 'backup-'))
  })
  afterEach(async () => {
    await world.end()
    rmSync(folder, { recursive: true, force: true })
  })

  const backup = (): string => path.join(folder, 'backup')
  const elsewhere = () => {
    const dataDir = path.join(folder, 'other')
    return { dataDir, databaseUrl: `sqlite:${path.join(dataDir, 'portico.sqlite3')}` }
  }

  it('is one moment of an office where people work on, and is restored whole, with its mail paused', async () => {
    await aDocument(world, (await aPortal(world, 'Orders')).id, 'a.pdf')
    await put(world, [to('Ada Okafor', 'ada@customer.example')])
    const ended = new AbortController()
    const working = (async () => {
      for (let n = 0; !ended.signal.aborted; n += 1) await aContact(world, `Person ${String(n)}`)
    })()

    const known = await installation(world.db)
    await world.signedInStaff()
    await aPortalUser(world, { name: 'Ben Hale' })
    const written = await backUp(world.db, world.config, backup())
    ended.abort()
    await working
    const restored = await restore(elsewhere(), backup(), 5)

    expect([written.ok, restored.ok]).to.deep.equal([true, true])
    expect(await mistakesIn(path.join(elsewhere().dataDir, 'portico.sqlite3'))).to.deep.equal([])
    const db = openDb(elsewhere().databaseUrl)
    const [key = ''] = await db('documents').pluck<string[]>('storage_key')
    const stream = await diskStorage(elsewhere()).open(key)
    stream.destroy()
    expect(await mailPausedSince(db)).to.equal(5)
    expect(await mailPausedSince(world.db)).to.equal(null)
    expect(await installation(db)).not.to.equal(known)
    expect(await db('sessions')).to.deep.equal([])
    expect(await world.db('sessions')).not.to.deep.equal([])
    expect(await versions(db)).to.deep.equal((await versions(world.db)).map(version => version + 1))
    expect(await db('emails').pluck('status')).to.deep.equal(['queued'])
    const ids = await db('contacts').orderBy('id').pluck<number[]>('id')
    expect(ids).to.deep.equal((await world.db('contacts').orderBy('id').pluck('id')).slice(0, ids.length))
    await db.destroy()
  }).timeout(30_000)

  const versions = async (db: Db): Promise<number[]> => [
    ...(await db('staff_users').orderBy('id').pluck<number[]>('session_version')),
    ...(await db('portal_users').orderBy('id').pluck<number[]>('session_version')),
  ]

  it('writes over nothing, here or there', async () => {
    await backUp(world.db, world.config, backup())

    const again = await backUp(world.db, world.config, backup())
    await restore(elsewhere(), backup(), 5)
    const twice = await restore(elsewhere(), backup(), 5)

    expect(again).to.deep.equal({ ok: false, error: 'not-empty' })
    expect(twice).to.deep.equal({ ok: false, error: 'installation' })
  })

  it('is for nobody else to read, also in a folder that was there for all, and says when the secret is in it', async () => {
    mkdirSync(backup())
    chmodSync(backup(), 0o755)
    await aDocument(world, (await aPortal(world, 'Orders')).id, 'a.pdf')
    writeFileSync(path.join(world.config.dataDir, 'app-secret'), 'x'.repeat(40), { mode: 0o644 })

    const written = await backUp(world.db, world.config, backup())

    const all = readdirSync(backup(), { recursive: true }).map(name => path.join(backup(), String(name)))
    const forOthers = [backup(), ...all].filter(place => (statSync(place).mode & 0o077) !== 0)
    expect(all).to.have.length.above(3)
    expect([written, forOthers]).to.deep.equal([{ ok: true, value: { secret: true } }, []])
  })

  it('that is broken, or none, is not put in its place', async () => {
    mkdirSync(backup())
    const none = await restore(elsewhere(), backup(), 5)
    writeFileSync(path.join(backup(), 'portico.sqlite3'), 'no database at all, but long enough to look at'.repeat(99))

    const broken = await restore(elsewhere(), backup(), 5)
    writeFileSync(path.join(backup(), 'portico.sqlite3'), '')
    const empty = await restore(elsewhere(), backup(), 5)

    expect(empty).to.deep.equal({ ok: false, error: 'broken' })
    expect(none).to.deep.equal({ ok: false, error: 'no-backup' })
    expect(broken).to.deep.equal({ ok: false, error: 'broken' })
    expect(existsSync(elsewhere().dataDir) ? readdirSync(elsewhere().dataDir) : []).to.deep.equal([])
  })
})

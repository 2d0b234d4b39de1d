import { expect } from 'chai'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { diskStorage } from '../../../src/core/documents/storage.ts'
import { mailPausedSince } from '../../../src/core/mail/pause.ts'
import { backUp, restore } from '../../../src/core/operations/backup.ts'
import { installation } from '../../../src/core/operations/ownership.ts'
import { openDb, type Db } from '../../../src/db/index.ts'
import { migrate } from '../../../src/db/migrate.ts'
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
    return { dataDir, bucket: null, databaseUrl: `sqlite:${path.join(dataDir, 'portico.sqlite3')}` }
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
    const written = await backUp(world.config, backup())
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
    await backUp(world.config, backup())

    const again = await backUp(world.config, backup())
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

    const written = await backUp(world.config, backup())

    const all = readdirSync(backup(), { recursive: true }).map(name => path.join(backup(), String(name)))
    const forOthers = [backup(), ...all].filter(place => (statSync(place).mode & 0o077) !== 0)
    expect(all).to.have.length.above(3)
    expect([written, forOthers]).to.deep.equal([{ ok: true, value: { secret: true, missing: 0 } }, []])
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
    expect(readdirSync(elsewhere().dataDir).filter(name => !name.endsWith('.lock'))).to.deep.equal([])
  })

  for (const ending of ['', '-wal', '-shm', '-journal'])
    it(`is not put beside what is left of another database: its file${ending}`, async () => {
      await backUp(world.config, backup())
      mkdirSync(elsewhere().dataDir)
      writeFileSync(database(ending), 'left behind')

      const restored = await restore(elsewhere(), backup(), 5)

      expect(restored).to.deep.equal({ ok: false, error: 'installation' })
      expect(readdirSync(elsewhere().dataDir).filter(name => !name.endsWith('.lock'))).to.deep.equal([
        `portico.sqlite3${ending}`,
      ])
    })

  it('is restored whole after a restore that was killed', async () => {
    await aContact(world, 'Ada Okafor')
    await backUp(world.config, backup())
    mkdirSync(elsewhere().dataDir)
    for (const ending of ['', '-wal', '-shm', '-journal']) writeFileSync(database(`.restoring${ending}`), 'left behind')

    const restored = await restore(elsewhere(), backup(), 5)

    expect(restored.ok).to.equal(true)
    expect(await names(elsewhere().databaseUrl)).to.deep.equal(['Ada Okafor'])
  })

  it('lets a Portico that is started meanwhile wait, and begin with what was restored', async () => {
    await aContact(world, 'Ada Okafor')
    await backUp(world.config, backup())

    const restoring = restore(elsewhere(), backup(), 5)
    await until(() => existsSync(database('.restoring')))
    const db = openDb(elsewhere().databaseUrl)
    await migrate(db)

    expect([(await restoring).ok, await db('contacts').pluck('name')]).to.deep.equal([true, ['Ada Okafor']])
    await db.destroy()
  })

  it('writes over no database that appears while it is restored', async () => {
    await backUp(world.config, backup())

    const restoring = restore(elsewhere(), backup(), 5)
    await until(() => existsSync(database('.restoring')))
    writeFileSync(database(), 'of somebody else')

    expect(await restoring).to.deep.equal({ ok: false, error: 'installation' })
    expect(readFileSync(database(), 'utf8')).to.equal('of somebody else')
    expect(existsSync(database('.restoring'))).to.equal(false)
  })

  it('of nothing is refused, and makes nothing', async () => {
    const none = await backUp(elsewhere(), backup())
    const made = existsSync(elsewhere().dataDir)
    mkdirSync(elsewhere().dataDir)
    writeFileSync(database(), '')
    const empty = await backUp(elsewhere(), backup())

    expect([none, empty].map(done => !done.ok && done.error)).to.deep.equal(['no-installation', 'no-installation'])
    expect([made, existsSync(backup())]).to.deep.equal([false, false])
  })

  it('that could not be restored is not called one, and leaves the folder empty', async () => {
    const db = openDb(world.config.databaseUrl) // in turn, all is asked of one connection
    await db.raw('pragma foreign_keys = off')
    await db('batch_items').insert({ batch_id: 77, subject_type: 'contact', subject_id: 1, outcome: 'done' })
    await db.destroy()

    const written = await backUp(world.config, backup())

    expect(written).to.deep.equal({ ok: false, error: 'broken' })
    expect(readdirSync(backup())).to.deep.equal([])
  })

  it('passes over files that vanish while it is written', async () => {
    const imports = path.join(world.config.dataDir, 'imports')
    mkdirSync(imports, { recursive: true })
    for (let n = 0; n < 400; n += 1) writeFileSync(path.join(imports, String(n)), 'one')

    const writing = backUp(world.config, backup())
    await until(
      () => existsSync(path.join(backup(), 'imports')) && readdirSync(path.join(backup(), 'imports')).length > 0,
    )
    for (const name of readdirSync(imports)) rmSync(path.join(imports, name))

    expect((await writing).ok).to.equal(true)
    expect(readdirSync(path.join(backup(), 'imports'))).to.have.length.within(1, 399)
  })

  it('that fails leaves the folder empty, for another try', async () => {
    const bad = path.join(world.config.dataDir, 'imports', 'bad')
    mkdirSync(path.dirname(bad), { recursive: true })
    symlinkSync('bad', bad)

    const failed = await backUp(world.config, backup()).catch((error: unknown) => error)
    const left = readdirSync(backup())
    rmSync(bad)
    const again = await backUp(world.config, backup())

    expect(failed).to.have.property('code', 'ELOOP')
    expect([left, again.ok, readdirSync(backup()).includes('unfinished')]).to.deep.equal([[], true, false])
  })

  it('says how many documents it could not find', async () => {
    const { id } = await aPortal(world, 'Orders')
    await aDocument(world, id, 'a.pdf')
    await aDocument(world, id, 'b.pdf')
    const [key = ''] = await world.db('documents').orderBy('id').pluck<string[]>('storage_key')
    await diskStorage(world.config).remove(key)

    const written = await backUp(world.config, backup())

    expect(written).to.deep.equal({ ok: true, value: { secret: false, missing: 1 } })
  })

  it('of files stays when a database elsewhere does not answer, and says that nobody knows what should be in it', async () => {
    await aDocument(world, (await aPortal(world, 'Orders')).id, 'a.pdf')
    const away = { ...world.config, databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing' }

    const written = await backUp(away, backup())

    expect(written).to.deep.equal({ ok: true, value: { secret: false, missing: null } })
    expect(readdirSync(backup())).to.deep.equal(['documents'])
  })

  it('that was killed is neither restored nor written on', async () => {
    await backUp(world.config, backup())
    writeFileSync(path.join(backup(), 'unfinished'), '')

    const [restored, written] = [await restore(elsewhere(), backup(), 5), await backUp(world.config, backup())]

    expect(restored).to.deep.equal({ ok: false, error: 'broken' })
    expect(written).to.deep.equal({ ok: false, error: 'not-empty' })
  })

  it('is not written into what it is made of', async () => {
    const written = await backUp(world.config, path.join(world.config.dataDir, 'documents', 'backup'))

    expect(written).to.deep.equal({ ok: false, error: 'within' })
  })

  const database = (ending = ''): string => path.join(elsewhere().dataDir, `portico.sqlite3${ending}`)

  async function names(url: string): Promise<string[]> {
    const db = openDb(url)
    const found = await db('contacts').orderBy('id').pluck<string[]>('name')
    await db.destroy()
    return found
  }
})

async function until(isSo: () => boolean): Promise<void> {
  for (let n = 0; n < 1_000_000 && !isSo(); n += 1) await new Promise(resolve => setImmediate(resolve))
}

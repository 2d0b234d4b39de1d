import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { addDocuments, type ArrivedFile } from '../../../src/core/documents/add.ts'
import { deletePicked } from '../../../src/core/documents/change.ts'
import { diskStorage } from '../../../src/core/documents/storage.ts'
import { sweepDocuments } from '../../../src/core/documents/sweep.ts'
import { system } from '../../../src/core/actors.ts'
import { tidyUp } from '../../../src/core/housekeeping.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { aDocument, aPdf } from '../../support/documents.ts'
import { aPortal } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const DAY = 86_400_000

describe('Keeping documents', () => {
  let world: World
  let portalId: number
  beforeEach(async () => {
    world = await aWorld()
    portalId = (await aPortal(world, 'Orders')).id
  })
  afterEach(() => world.end())

  const contents = (): string[] =>
    readdirSync(path.join(world.config.dataDir, 'documents'), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => entry.name)
      .toSorted()
  const rows = (): Promise<string[]> => world.db('documents').orderBy('storage_key').pluck<string[]>('storage_key')
  const arrived = (name: string, content: Buffer): ArrivedFile => {
    const file = path.join(world.config.dataDir, name)
    writeFileSync(file, content)
    return { path: file, filename: name }
  }
  const add = async (files: ArrivedFile[], besides?: () => Promise<void>) => {
    const { id } = await world.aStaff(`Olga ${String(Math.random())}`)
    const staff = await staffById(world.db, id)
    if (!staff) throw new Error('Olga is not there')
    const place = { viewer: { portalId, holder: 'office' as const }, folderId: null }
    return addDocuments(world.db, world.config, staff, place, files, world.now(), besides)
  }

  it('puts the same content in one place, and gives it back whole or in part', async () => {
    await aDocument(world, portalId, 'a.pdf', { content: aPdf('same') })
    await aDocument(world, portalId, 'b.pdf', { content: aPdf('same') })
    const [key = ''] = await rows()
    const storage = diskStorage(world.config)

    const whole = await text(await storage.open(key))
    const part = await text(await storage.open(key, { start: 1, end: 3 }))

    expect(contents()).to.deep.equal([key])
    expect(whole).to.equal(aPdf('same').toString())
    expect(part).to.equal('PDF')
    for (const hostile of ['../../app-secret', `${'a'.repeat(63)}/`, '', 'A'.repeat(64)])
      expect(await storage.open(hostile).catch((error: unknown) => String(error))).to.include('no key of a document')
  })

  it('leaves no row without its file, wherever it is interrupted', async () => {
    const killed = (): Promise<void> => Promise.reject(new Error('killed'))

    const answer = await add([arrived('a.pdf', aPdf('a'))], killed).catch(String)

    expect(answer).to.include('killed')
    expect(await rows()).to.deep.equal([])
    expect(contents()).to.have.length(1)
    await sweepDocuments(world.db, world.config, world.now())
    expect(contents()).to.deep.equal([])
  })

  it('writes no row when the file cannot be put in its place', async () => {
    const staged = await diskStorage(world.config).stage(pieces([aPdf('a')]))
    await staged.drop()
    const taken = path.join(world.config.dataDir, 'documents', staged.key.slice(0, 2))
    writeFileSync(taken, 'a file where the folder should be')

    const answer = await add([arrived('a.pdf', aPdf('a'))]).catch((error: unknown) => (error as { code: string }).code)

    expect(answer).to.be.oneOf(['EEXIST', 'ENOTDIR'])
    expect(await rows()).to.deep.equal([])
    rmSync(taken)
  })

  it('keeps nothing of a stream that breaks off', async () => {
    const breaking = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(aPdf('half'))
      throw new Error('cut off')
    }

    const answer = await diskStorage(world.config).stage(breaking()).catch(String)

    expect(answer).to.include('cut off')
    expect(contents()).to.deep.equal([])
  })

  it('keeps all of a document on a disk that takes a part at a time, and nothing when it loses some', async () => {
    const long = Buffer.alloc(150_000, 'x')
    const part = (length: number): number => Math.min(length, 40_000)
    const staged = await onADisk(part, part, () => diskStorage(world.config).stage(pieces([long])))
    await staged.keep()
    const whole = await text(await diskStorage(world.config).open(staged.key))

    const lost = await onADisk(
      part,
      length => length,
      () =>
        diskStorage(world.config)
          .stage(pieces([aPdf('y'.repeat(50_000))]))
          .catch(String),
    )

    expect([staged.size, whole.length]).to.deep.equal([150_000, 150_000])
    expect(lost).to.include('did not keep all')
    expect(contents()).to.deep.equal([staged.key])
  })

  it('sweeps on where something lies that is none of ours', async () => {
    await aDocument(world, portalId, 'gone.pdf')
    const [key = ''] = await rows()
    await world.db('documents').delete()
    writeFileSync(path.join(world.config.dataDir, 'documents', key.slice(0, 2), '.DS_Store'), 'stray')

    await sweepDocuments(world.db, world.config, world.now())

    expect(contents()).to.deep.equal(['.DS_Store'])
  })

  it('sweeps away what was deleted a month ago, but not what another document has, too', async () => {
    const one = await aDocument(world, portalId, 'one.pdf', { content: aPdf('shared') })
    await aDocument(world, portalId, 'two.pdf', { content: aPdf('shared') })
    const alone = await aDocument(world, portalId, 'alone.pdf')
    const picked = { folderIds: [], documentIds: [one.id, alone.id] }
    await deletePicked(world.db, system, portalId, picked, { folders: 0, documents: 2 }, world.now())

    await tidyUp(world.db, world.config, world.now() + 29 * DAY)
    expect(contents()).to.have.length(2)
    await tidyUp(world.db, world.config, world.now() + 31 * DAY)

    expect(await world.db('documents').pluck('name')).to.deep.equal(['two.pdf'])
    expect(contents()).to.deep.equal(await rows())
    expect(
      readFileSync(
        path.join(world.config.dataDir, 'documents', (contents()[0] ?? '').slice(0, 2), contents()[0] ?? ''),
        'utf8',
      ),
    ).to.include('shared')
  })

  it('never sweeps what is being put there at the same moment', async () => {
    const olga = { ...arrived('again.pdf', aPdf('again')) }
    for (let n = 0; n < 15; n += 1) {
      await world.db('documents').delete()
      await Promise.all([
        add([olga]),
        ...Array.from({ length: 3 }, () => sweepDocuments(world.db, world.config, world.now())),
      ])
      expect(contents()).to.deep.equal(await rows())
    }
  }).timeout(20_000)

  it('forgets what was laid aside and never kept, after a day', async () => {
    await diskStorage(world.config).stage(pieces([aPdf('left')]))
    expect(contents()).to.have.length(1)

    await sweepDocuments(world.db, world.config, world.now() + 2 * DAY)

    expect(contents()).to.deep.equal([])
    expect(existsSync(path.join(world.config.dataDir, 'documents'))).to.equal(true)
  })
})

/** What is done on a disk that keeps so much of what it is given at once, and says how much it kept. */
async function onADisk<T>(keeps: Part, says: Part, done: () => Promise<T>): Promise<T> {
  const some = await open(import.meta.filename)
  const disk = Object.getPrototypeOf(some) as FileHandle
  await some.close()
  const write = Reflect.get(disk, 'write') as (this: FileHandle, from: Buffer, begin: number, most: number) => unknown
  const partly = async function (this: FileHandle, from: Buffer, begin = 0) {
    await write.call(this, from, begin, keeps(from.length - begin))
    return { bytesWritten: says(from.length - begin), buffer: from }
  }
  Object.assign(disk, { write: partly })
  return done().finally(() => Object.assign(disk, { write }))
}

type Part = (length: number) => number

async function* pieces(list: Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of list) yield await Promise.resolve(piece)
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  let all = ''
  for await (const piece of stream) all += String(piece)
  return all
}

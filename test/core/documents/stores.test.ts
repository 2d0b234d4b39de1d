import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { ReadableStream } from 'node:stream/web'
import { setTimeout as wait } from 'node:timers/promises'
import { ConfigError, readConfig } from '../../../src/config.ts'
import { StoreAway, unlessSilent } from '../../../src/core/bucket.ts'
import { hasRoom } from '../../../src/core/documents/add.ts'
import { documentStorage } from '../../../src/core/documents/store.ts'
import { sweepDocuments } from '../../../src/core/documents/sweep.ts'
import { dropFile, keepFile, keptFile } from '../../../src/core/imports/upload-file.ts'
import { start } from '../../../src/start.ts'
import { aDocument, aPdf } from '../../support/documents.ts'
import { describeOn } from '../../support/engine.ts'
import { aPortal } from '../../support/people.ts'
import { anS3Server, type S3Server } from '../../support/s3-server.ts'
import { scratchFolder } from '../../support/scratch.ts'
import { aWorld } from '../../support/world.ts'

const DAY = 86_400_000

for (const kind of ['disk', 's3'] as const) {
  describeOn('sqlite')(`Documents on ${kind}`, () => {
    let server: S3Server | null = null
    let folder: string
    before(async () => {
      server = kind === 's3' ? await anS3Server() : null
      folder = mkdtempSync(path.join(scratchFolder(), 'store-'))
    })
    after(async () => {
      await server?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    /** The settings of one machine; on S3 another one has another disk. */
    const config = (machine = 'one') => ({
      dataDir: kind === 's3' ? path.join(folder, machine) : folder,
      bucket: server?.bucket ?? null,
      appSecret: 'a secret that only this test knows, long enough',
    })
    const keys = async (): Promise<string[]> => {
      const all: string[] = []
      for await (const some of documentStorage(config('two')).keys()) all.push(...some)
      return all
    }

    it('are found under their content by every process once they are kept, whole and in part', async () => {
      const staged = await documentStorage(config()).stage(pieces([Buffer.from('hello '), Buffer.from('world')]))
      const before = await keys()
      await staged.keep()
      await staged.drop()
      const store = documentStorage(config('two'))

      expect(before).to.deep.equal([])
      expect([await keys(), staged.size]).to.deep.equal([[staged.sha256], 11])
      expect(String(await whole(await store.open(staged.key)))).to.equal('hello world')
      expect(String(await whole(await store.open(staged.key, { start: 4, end: 6 })))).to.equal('o w')
      expect(await store.has(staged.key)).to.equal(true)
      await store.remove(staged.key)
      await store.remove(staged.key)
      expect([await keys(), await store.has(staged.key)]).to.deep.equal([[], false])
    })

    it('that are not there, or have no key, are refused', async () => {
      const store = documentStorage(config())

      const answers = await Promise.all(['0'.repeat(64), '../app-secret', ''].map(key => store.open(key).catch(String)))

      expect(answers.map(answer => typeof answer === 'string')).to.deep.equal([true, true, true])
    })

    it('leave nothing of a stream that breaks off, and forget what was never kept', async () => {
      const store = documentStorage(config())
      const breaking = async function* (): AsyncGenerator<Buffer> {
        yield await Promise.resolve(Buffer.alloc(9_000_000))
        throw new Error('cut off')
      }

      const answer = await store.stage(breaking()).catch(String)
      const left = await store.stage(pieces([Buffer.from('left')]))
      await store.forgetStaged(Date.now() + DAY)

      expect(answer).to.include('cut off')
      expect(await left.keep().catch(() => 'gone')).to.equal('gone')
      expect(await keys()).to.deep.equal([])
    })

    it('may be long', async () => {
      const long = randomBytes(20_000_000)
      const staged = await documentStorage(config()).stage(
        pieces([long.subarray(0, 9_999_999), long.subarray(9_999_999)]),
      )
      await staged.keep()

      const back = await whole(await documentStorage(config('two')).open(staged.key))

      expect(back.equals(long)).to.equal(true)
      await documentStorage(config()).remove(staged.key)
    })

    it('lie beside the files of imports, which another process reads', async () => {
      const text = randomBytes(200_000)
      const { fileKey, size } = await keepFile(config(), pieces([text.subarray(0, 70_000), text.subarray(70_000)]))

      const back = await whole(keptFile(config('two'), fileKey))

      expect([size, back.equals(text)]).to.deep.equal([200_000, true])
      await dropFile(config('two'), fileKey)
      await dropFile(config(), fileKey)
      expect(await whole(keptFile(config(), fileKey)).catch(() => 'gone')).to.equal('gone')
    })
  })
}

describeOn('sqlite')('A document store on another machine', function () {
  this.timeout(30_000)

  it('serves the pages, and is missed in a sentence when it is away', async () => {
    const server = await anS3Server()
    const world = await aWorld({ bucket: server.bucket })
    const rosa = await world.signedInStaff()
    const portal = await aPortal(world, 'Orders')
    const { id } = await aDocument(world, portal.id, 'a.pdf', { content: aPdf('far away') })
    const address = `/staff/client-portals/${String(portal.id)}/documents/files/${String(id)}`

    const there = await rosa.raw('GET', address)
    await server.stop()
    const away = await rosa.raw('GET', address)
    const ready = await fetch(`${world.base}/ready`)

    expect([there.status, there.text.includes('far away')]).to.deep.equal([200, true])
    expect(away.status).to.equal(503)
    expect(away.text).to.include('The place where documents lie cannot be reached. Nothing was changed. Try again.')
    expect(ready.status).to.equal(200)
    expect((await ready.json()) as object).to.include({ ready: true, documents: 'away' })
    await world.end()
  })

  it('that falls silent in the middle of a document ends the download, however slowly that is read', async () => {
    const silent = new ReadableStream<Uint8Array>({ start: to => to.enqueue(Buffer.from('half')) })
    const slow = new ReadableStream<Uint8Array>({
      async start(to) {
        to.enqueue(Buffer.from('all'))
        await wait(5)
        to.close()
      },
    })

    const cut = await whole(unlessSilent(silent, 20)).catch((error: unknown) => error)
    const read = await whole(unlessSilent(slow, 10_000))

    expect([cut instanceof StoreAway, String(read)]).to.deep.equal([true, 'all'])
  })

  it('asks for room on the disk of this machine, over which uploads pass', async () => {
    const bucket = { endpoint: 'http://127.0.0.1:1', name: 'none', region: 'a', accessKey: 'a', secretKey: 'b' }
    const config = { dataDir: path.join(scratchFolder(), 'room'), bucket, freeMegabytes: 0 }

    const answers = [await hasRoom(config), await hasRoom({ ...config, freeMegabytes: 1_000_000_000 })]

    expect(answers).to.deep.equal([true, false])
  })

  it('that takes what is said to it and says nothing keeps nobody from being served', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>(resolve => void silent.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`
    const bucket = { endpoint, name: 'portico', region: 'us-east-1', accessKey: 'a', secretKey: 'b' }
    const world = await aWorld({ bucket })
    const rosa = await world.signedInStaff('admin')

    const ready = await fetch(`${world.base}/ready`)
    await rosa.open('/staff/system')

    expect(ready.status).to.equal(200)
    expect((await ready.json()) as object).to.include({ ready: true, database: 'ok', documents: 'away' })
    expect(rosa.text).to.include('The store where they lie cannot be reached.')
    silent.closeAllConnections()
    silent.close()
    await world.end()
  })

  it('is swept of what no document needs', async () => {
    const server = await anS3Server()
    const world = await aWorld({ bucket: server.bucket })
    await aDocument(world, (await aPortal(world, 'Orders')).id, 'a.pdf')
    const [key = ''] = await world.db('documents').pluck<string[]>('storage_key')
    await world.db('documents').delete()

    await sweepDocuments(world.db, world.config, world.now())

    expect(await documentStorage(world.config).has(key)).to.equal(false)
    await world.end()
    await server.stop()
  })

  it('with wrong keys, or none of this name, keeps Portico from starting and says so', async () => {
    const server = await anS3Server()
    const right = {
      DATA_DIR: path.join(scratchFolder(), 'never'),
      DOCUMENT_STORE: 's3',
      S3_ENDPOINT: server.bucket.endpoint,
      S3_BUCKET: 'portico',
      S3_ACCESS_KEY: 'S3RVER',
      S3_SECRET_KEY: 'S3RVER',
    }

    for (const wrong of [{ S3_ACCESS_KEY: 'nobody' }, { S3_BUCKET: 'none' }]) {
      const answer: unknown = await start(readConfig({ ...right, ...wrong })).catch((error: unknown) => error)
      expect(answer, Object.keys(wrong)[0]).to.be.instanceOf(ConfigError)
      expect(String(answer)).to.match(/The document store at S3_ENDPOINT cannot be used \(\w+/)
    }
    await server.stop()
  })
})

async function* pieces(list: Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of list) yield await Promise.resolve(piece)
}

async function whole(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const piece of stream) all.push(Buffer.from(piece as Uint8Array))
  return Buffer.concat(all)
}

import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { truncate } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { system } from '../../../src/core/actors.ts'
import { deletePicked, movePicked } from '../../../src/core/documents/change.ts'
import { sweepDocuments } from '../../../src/core/documents/sweep.ts'
import type { Browser } from '../../support/browser.ts'
import { accessIdOf, aDocument, aFolder, aPdf, deny } from '../../support/documents.ts'
import { describeOn } from '../../support/engine.ts'
import { aPortal, aPortalUser, OWN_PASSWORD, signInToPortal, type SomePortal } from '../../support/people.ts'
import { anS3Server, type S3Server } from '../../support/s3-server.ts'
import { aWorld, type World } from '../../support/world.ts'
import { unzipped } from '../../support/zip.ts'

const DAY = 86_400_000
/** More than lies between two processes that speak to each other: the rest has to be read when it is asked for. */
const LONG = Buffer.concat([aPdf('long'), randomBytes(6_000_000)])
const BASE = '/portal/portals/orders/documents'

for (const kind of ['disk', 's3'] as const)
  describeOn('sqlite')(`A download from ${kind}, read slowly`, function () {
    this.timeout(30_000)
    let server: S3Server | null = null
    let world: World
    let portal: SomePortal
    let access: number
    let ada: Browser
    beforeEach(async () => {
      server = kind === 's3' ? await anS3Server() : null
      world = await aWorld({ bucket: server?.bucket ?? null })
      portal = await aPortal(world, 'Orders')
      const user = await aPortalUser(world, { name: 'Ada Okafor', portals: [portal] })
      access = await accessIdOf(world, user.id, portal.id)
      ada = world.browser()
      await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
    })
    afterEach(async () => {
      await world.end()
      await server?.stop()
    })

    it('is the whole document when that is deleted meanwhile, swept or not, and the next one finds none', async () => {
      const document = await aDocument(world, portal.id, 'long.pdf', { content: LONG })
      const address = `${BASE}/${document.publicId}`

      const first = await begun(world, ada, address)
      await remove([document.id])
      const next = await ada.raw('GET', address)
      await sweepDocuments(world.db, world.config, world.now() + 31 * DAY)

      expect(await rest(first)).to.deep.equal([false, sumOf(LONG)])
      expect([next.status, (await ada.raw('GET', address)).status]).to.deep.equal([404, 404])
    })

    const itOnDisk = kind === 'disk' ? it : () => undefined // what the store has nothing to do with
    for (const [what, status, change] of [
      ['moved to where they may not look', 404, async (id: number) => move(id)],
      ['denied to them', 404, async (id: number) => deny(world, access, { documents: [id] })],
      ['in a portal that they lose', 404, async () => world.db('portal_access').update({ revoked_at: world.now() })],
      [
        'there again, brought by somebody else',
        200,
        async () => aDocument(world, portal.id, 'b.pdf', { content: LONG }),
      ],
    ] as const)
      itOnDisk(`is the whole document that is ${what} meanwhile`, async () => {
        const { id, publicId } = await aDocument(world, portal.id, 'long.pdf', { content: LONG })

        const first = await begun(world, ada, `${BASE}/${publicId}`)
        await change(id)

        expect(await rest(first)).to.deep.equal([false, sumOf(LONG)])
        expect((await ada.raw('HEAD', `${BASE}/${publicId}`)).status).to.equal(status)
      })

    itOnDisk('of all of them holds what was there when it began, deleted since or not', async () => {
      const { ids, contents } = await three()

      const first = await begun(world, ada, `${BASE}/zip`)
      await remove(ids)
      const { bytes, cut } = await read(first)

      const inside = await unzipped(bytes)
      expect(cut).to.equal(false)
      expect([...inside.values()].map(sumOf)).to.deep.equal(contents.map(sumOf))
      expect([...(await unzipped((await ada.download(`${BASE}/zip`)).body)).keys()]).to.deep.equal([])
    })

    it('of all of them is cut off when one is gone for good meanwhile, and never passes for whole', async () => {
      const { ids } = await three()

      const first = await begun(world, ada, `${BASE}/zip`)
      await remove(ids)
      await sweepDocuments(world.db, world.config, world.now() + 31 * DAY)

      expect((await read(first)).cut).to.equal(true)
      expect((await ada.raw('GET', `${BASE}/zip`)).status).to.equal(200)
    })

    async function remove(documentIds: number[]): Promise<void> {
      const picked = { folderIds: [], documentIds }
      const seen = { folders: 0, documents: documentIds.length }
      const done = await deletePicked(world.db, system, portal.id, picked, seen, world.now())
      expect(done.ok).to.equal(true)
    }

    async function move(id: number): Promise<void> {
      const hidden = await aFolder(world, portal.id, 'Hidden')
      await deny(world, access, { folders: [hidden] })
      await movePicked(world.db, system, portal.id, { folderIds: [], documentIds: [id] }, hidden, world.now())
    }

    async function three() {
      const contents = ['a', 'b', 'c'].map(name => Buffer.concat([aPdf(name), LONG]))
      const ids: number[] = []
      for (const [index, content] of contents.entries())
        ids.push((await aDocument(world, portal.id, `${String(index)}.pdf`, { content })).id)
      return { ids, contents }
    }
  })

describeOn('sqlite')('A document that lost its end', () => {
  it('is cut off at once, never taken for whole, and said in the log', async () => {
    let said = ''
    const log = { write: (line: string) => void (said += line) }
    const world = await aWorld({}, log)
    const { id } = await aPortal(world, 'Orders')
    const rosa = await world.signedInStaff()
    const document = await aDocument(world, id, 'long.pdf', { content: LONG })
    const [key = ''] = await world.db('documents').pluck<string[]>('storage_key')
    await truncate(path.join(world.config.dataDir, 'documents', key.slice(0, 2), key), LONG.length / 2)

    const answer = await begun(
      world,
      rosa,
      `/staff/client-portals/${String(id)}/documents/files/${String(document.id)}`,
    )
    const { bytes, cut } = await read(answer)

    expect([bytes.length < LONG.length, cut]).to.deep.equal([true, true])
    expect(said).to.include('A document is not as long as it was when it was kept')
    await world.end()
  })
})

/** The beginning of an answer; nobody reads on before `read`. */
async function begun(world: World, browser: Browser, address: string): Promise<IncomingMessage> {
  const url = new URL(address, world.base)
  const asked = get(url, { headers: { cookie: browser.cookies.header(url) } })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  expect(answer.statusCode).to.equal(200)
  return answer
}

/** All that still comes, and whether it ended before its end. */
async function read(answer: IncomingMessage): Promise<{ bytes: Buffer; cut: boolean }> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of answer) pieces.push(piece as Buffer)
  } catch {
    return { bytes: Buffer.concat(pieces), cut: true }
  }
  return { bytes: Buffer.concat(pieces), cut: !answer.complete }
}

async function rest(answer: IncomingMessage): Promise<[cut: boolean, sum: string]> {
  const { bytes, cut } = await read(answer)
  return [cut, sumOf(bytes)]
}

function sumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

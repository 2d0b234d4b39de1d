import { expect } from 'chai'
import { bucketOf } from '../../../src/core/bucket.ts'
import { documentStorage } from '../../../src/core/documents/store.ts'
import { tidyUp } from '../../../src/core/housekeeping.ts'
import { forgetFile, keepFile } from '../../../src/core/imports/upload-file.ts'
import { pauseMail } from '../../../src/core/mail/pause.ts'
import { becomeAnother, installation } from '../../../src/core/operations/ownership.ts'
import { changeSetting } from '../../../src/core/settings/values.ts'
import { aDocument } from '../../support/documents.ts'
import { describeOn } from '../../support/engine.ts'
import { aPortal } from '../../support/people.ts'
import { anS3Server, type S3Server } from '../../support/s3-server.ts'
import { aWorld, type World } from '../../support/world.ts'

describeOn('sqlite')('A restored copy that looks at the bucket of the office', () => {
  let server: S3Server
  let office: World
  let copy: World
  let key: string
  beforeEach(async () => {
    server = await anS3Server()
    office = await aWorld({ bucket: server.bucket })
    copy = await aWorld({ bucket: server.bucket })
    await aDocument(office, (await aPortal(office, 'Orders')).id, 'since-the-backup.pdf')
    key = (await office.db('documents').pluck<string[]>('storage_key'))[0] ?? ''
    expect(await tidy(office)).to.equal('ours')
    await becomeAnother(copy.db)
  })
  afterEach(async () => {
    await office.end()
    await copy.end()
    await server.stop()
  })

  const tidy = (world: World) => tidyUp(world.db, world.config, world.now())
  const isThere = () => documentStorage(office.config).has(key)
  const put = (name: string, text: string) => bucketOf(server.bucket).put(name, pieces(text))

  it('removes nothing from it while its mail is paused, nor after', async () => {
    await pauseMail(copy.db, 1)
    const paused = await tidy(copy)
    await changeSetting(copy.db, 'mail-paused', null)
    const after = await tidy(copy)

    expect([paused, after, await isThere()]).to.deep.equal(['paused', 'another', true])
    expect(await tidy(office)).to.equal('ours')
  })

  it('leaves the file of an import that ends in it', async () => {
    const { fileKey } = await keepFile(office.config, pieces('Name\nAda\n'))
    const files = async (): Promise<number> => {
      for await (const some of bucketOf(server.bucket).list('import-')) return some.length
      return 0
    }

    await forgetFile(copy.db, copy.config, fileKey)
    expect(await files()).to.equal(1)
    await forgetFile(office.db, office.config, fileKey)

    expect(await files()).to.equal(0)
  })

  it('is told so, and takes the bucket over when somebody says it is to', async () => {
    const rosa = await copy.signedInStaff('admin')
    await rosa.open('/staff/system')
    expect(rosa.text).to.include('This bucket belongs to another installation').and.include('Something needs a look')
    const [, id = ''] = /holds only ([\w-]+)\./.exec(rosa.text) ?? []

    await put('installation', `${id}\n`)
    const [theirs, its] = [await tidy(office), await tidy(copy)]

    expect(id).to.equal(await installation(copy.db))
    expect([theirs, its, await isThere()]).to.deep.equal(['another', 'ours', false])
    await rosa.open('/staff/system')
    expect(rosa.text).to.include('a store of their own').and.not.include('another installation')
  })

  it('takes a bucket that nobody has only while no documents are in it', async () => {
    await bucketOf(server.bucket).remove('installation')
    const full = await tidy(copy)
    await documentStorage(office.config).remove(key)
    const empty = await tidy(copy)

    expect([full, empty]).to.deep.equal(['another', 'ours'])
    expect(await bucketOf(server.bucket).read('installation')).to.equal(await installation(copy.db))
  })
})

async function* pieces(text: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(text))
}

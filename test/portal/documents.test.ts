import { expect } from 'chai'
import { readdirSync, rmSync } from 'node:fs'
import nodePath from 'node:path'
import { tokenOn } from '../support/actors.ts'
import type { Browser } from '../support/browser.ts'
import { accessIdOf, aDocument, aFolder, aPdf, deny } from '../support/documents.ts'
import { multipart } from '../support/multipart.ts'
import { aContact, aPortal, aPortalUser, OWN_PASSWORD, signInToPortal, type SomePortal } from '../support/people.ts'
import type { Reply } from '../support/site-client.ts'
import { aWorld, type World } from '../support/world.ts'
import { unzipped } from '../support/zip.ts'

describe('My Documents', () => {
  let world: World
  let portal: SomePortal
  let ada: Browser
  let access: number
  const base = '/portal/portals/harbour-foods/documents'
  beforeEach(async () => {
    world = await aWorld()
    portal = await aPortal(world, 'Harbour Foods')
    const { id } = await aPortalUser(world, { name: 'Ada Okafor', portals: [portal] })
    access = await accessIdOf(world, id, portal.id)
    ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
  })
  afterEach(() => world.end())

  const names = (): string[] => ada.tableRows().map(row => row[0] ?? '')
  const allow = (what: Record<string, boolean | string | number>) =>
    world.db('portal_access').where({ id: access }).update(what)

  it('are folders and documents with kind and size, from the office or from customers', async () => {
    const folder = await aFolder(world, portal.id, '<i>Letters</i>')
    await aDocument(world, portal.id, 'march.pdf', { folderId: folder, content: aPdf('x'.repeat(2048)) })
    await aDocument(world, portal.id, 'plan.pdf')

    await ada.open('/portal/portals/harbour-foods')
    await ada.click('My Documents')
    expect(ada.text).to.include('2 documents in Harbour Foods')
    expect(names()).to.deep.equal(['<i>Letters</i> (Folder, 1 document)', 'plan.pdf (PDF, 24 B)'])
    expect(ada.tableRows()[1]?.[2]).to.equal('Harbour & Finch')
    await ada.click('<i>Letters</i> (Folder, 1 document)')

    expect(ada.h1).to.equal('<i>Letters</i>')
    expect(names()).to.deep.equal(['march.pdf (PDF, 2 KB)'])
    expect((await ada.download('march.pdf (PDF, 2 KB)')).status).to.equal(200)
    await ada.click('My Documents')
    expect(ada.path).to.equal(base)
  })

  it('say so when there is nothing, and when nothing is found', async () => {
    await ada.open(base)
    expect(ada.text).to.include('Nothing has been shared here yet.')
    expect(ada.$('a[href$=zip]').length).to.equal(0)
    await aDocument(world, portal.id, 'Ångström 100%.pdf')
    await ada.open(`${base}?q=zzz`)
    expect(ada.text).to.include('No folder or document has such a name.')
    ada.fill('Name of a folder or document', 'angstrom 100%')
    await ada.submitEnter('Name of a folder or document')

    expect(names()).to.have.length(1)
  })

  it('hold nothing that is denied: not in lists, searches, counts, archives or at any address', async () => {
    const denied = await aFolder(world, portal.id, 'Salaries')
    const inside = await aFolder(world, portal.id, 'Salaries 2026', denied)
    const deep = await aDocument(world, portal.id, 'salaries-ada.pdf', { folderId: inside })
    const alone = await aDocument(world, portal.id, 'salaries-all.pdf')
    const open = await aDocument(world, portal.id, 'plan.pdf')
    await deny(world, access, { folders: [denied], documents: [alone.id] })
    const late = await aDocument(world, portal.id, 'salaries-late.pdf', { folderId: denied })

    await ada.open(base)
    expect(names()).to.deep.equal(['plan.pdf (PDF, 24 B)'])
    expect(ada.text).to.include('1 document in Harbour Foods')
    await ada.open(`${base}?q=salaries`)
    expect(names()).to.deep.equal([])
    expect([...(await textsIn(await ada.download(`${base}/zip`))).keys()]).to.deep.equal(['plan.pdf'])
    const bodies = new Set<string>()
    for (const path of [deep.publicId, alone.publicId, late.publicId, 'A'.repeat(22)]) {
      for (const method of ['GET', 'HEAD']) expect((await ada.raw(method, `${base}/${path}`)).status).to.equal(404)
      bodies.add((await ada.raw('GET', `${base}/${path}`)).text.replace(/value="[^"]*"/g, ''))
    }
    for (const path of [
      `folders/${String(denied)}`,
      `folders/${String(inside)}`,
      `folders/${String(inside)}/zip`,
      'folders/999',
    ])
      expect((await ada.raw('GET', `${base}/${path}`)).status, path).to.equal(404)
    expect(bodies.size).to.equal(1)
    await world.db('documents').where({ id: open.id }).update({ folder_id: inside })

    expect((await ada.raw('GET', `${base}/${open.publicId}`)).status).to.equal(404)
  })

  it('are only those of one’s own portals, as far as one may see documents there', async () => {
    const other = await aPortal(world, 'Other')
    const theirs = await aDocument(world, other.id, 'theirs.pdf')
    const own = await aDocument(world, portal.id, 'own.pdf')
    const asked = async (path: string): Promise<number> => (await ada.raw('GET', path)).status

    expect(await asked(`/portal/portals/other/documents/${theirs.publicId}`)).to.equal(404)
    expect(await asked(`${base}/${theirs.publicId}`)).to.equal(404)
    await allow({ can_view_documents: false })
    for (const path of [base, `${base}/${own.publicId}`, `${base}/zip`, `${base}/folders/1`])
      expect(await asked(path), path).to.equal(403)
    await ada.open('/portal/portals/harbour-foods')
    expect(ada.text).not.to.include('My Documents')
    await allow({ can_view_documents: true })
    await world.db('portals').where({ id: portal.id }).update({ enabled: false })
    expect(await asked(`${base}/${own.publicId}`)).to.equal(403)
    await allow({ revoked_at: 1 })

    expect(await asked(base)).to.equal(404)
  })

  it('are sent to be saved, never to be shown, and in parts when asked', async () => {
    const { publicId } = await aDocument(world, portal.id, 'Résumé "100%"\u2028.pdf', { content: aPdf('0123456789') })
    const at = `${base}/${publicId}`
    const get = (headers: Record<string, string>, method = 'GET'): Promise<Reply> => ada.raw(method, at, { headers })

    const whole = await get({})
    expect(whole.headers.get('content-disposition')).to.match(
      /^attachment; filename="Resume _100__.*\.pdf"; filename\*=UTF-8''R%C3%A9sum%C3%A9/,
    )
    expect(whole.headers.get('content-type')).to.equal('application/pdf')
    expect(whole.headers.get('content-security-policy')).to.equal("sandbox; default-src 'none'")
    expect(whole.headers.get('cross-origin-resource-policy')).to.equal('same-origin')
    expect(whole.headers.get('x-content-type-options')).to.equal('nosniff')
    expect(whole.headers.get('cache-control')).to.equal('no-store')

    const head = await get({}, 'HEAD')
    expect([head.status, head.text, head.headers.get('content-length')]).to.deep.equal([200, '', '26'])
    const part = await get({ range: 'bytes=9-18' })
    expect([part.status, part.text, part.headers.get('content-range')]).to.deep.equal([
      206,
      '0123456789',
      'bytes 9-18/26',
    ])
    expect((await get({ range: 'bytes=-7' })).text).to.equal('\n%%EOF\n')
    expect((await get({ range: 'bytes=20-' }, 'HEAD')).headers.get('content-length')).to.equal('6')
    expect((await get({ range: 'bytes=26-' })).status).to.equal(416)
    expect((await get({ range: 'bytes=0-1,4-5' })).text).to.equal(whole.text)
    expect((await get({ range: 'lines=1' })).status).to.equal(200)
    expect((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status).to.equal(200)
    expect((await get({ range: 'bytes=0-1', 'if-range': whole.headers.get('etag') ?? '' })).status).to.equal(206)
  })

  it('come as one archive even when one of them is lost, and the archive says which', async () => {
    const folder = await aFolder(world, portal.id, 'Letters')
    await aDocument(world, portal.id, 'a.pdf')
    const { id } = await aDocument(world, portal.id, 'lost.pdf', { folderId: folder })
    const { storage_key: key } = await world.db('documents').where({ id }).first<{ storage_key: string }>()
    rmSync(nodePath.join(world.config.dataDir, 'documents', key.slice(0, 2), key))

    const entries = await textsIn(await ada.download(`${base}/zip`))

    expect([...entries.keys()].toSorted()).to.deep.equal(['Letters/', 'Missing documents.txt', 'a.pdf'])
    expect(entries.get('Missing documents.txt')).to.equal(
      'These documents could not be put in this archive. Please tell Harbour & Finch.\r\n\r\nLetters/lost.pdf\r\n',
    )
  })

  it('come as one archive, with folders, safe names and none lost', async () => {
    const folder = await aFolder(world, portal.id, 'Q1: con')
    await aFolder(world, portal.id, 'Empty')
    await aDocument(world, portal.id, 'a.pdf', { content: aPdf('one') })
    await aDocument(world, portal.id, 'A.pdf', { content: aPdf('two') })
    await aDocument(world, portal.id, 'con.txt', { folderId: folder, content: Buffer.from('three') })
    await aDocument(world, portal.id, '....txt', { folderId: folder, content: Buffer.from('four') })

    const whole = await ada.download(`${base}/zip`)
    expect(whole.headers.get('content-disposition')).to.include('filename="Harbour Foods.zip"')
    const entries = await textsIn(whole)
    const part = await textsIn(await ada.download(`${base}/folders/${String(folder)}/zip`))

    expect([...entries.keys()].toSorted()).to.deep.equal([
      'A (2).pdf',
      'Empty/',
      'Q1_ con/',
      'Q1_ con/....txt',
      'Q1_ con/_con.txt',
      'a.pdf',
    ])
    expect(entries.get('a.pdf')).to.equal(aPdf('one').toString())
    expect(entries.get('Q1_ con/_con.txt')).to.equal('three')
    expect([...part.keys()].toSorted()).to.deep.equal(['....txt', '_con.txt'])
  })

  it('are uploaded by those with full access, and the office is told', async () => {
    const office = await world.signedInStaff('manager')
    const viewer = await world.signedInStaff('viewer')
    await ada.open(base)
    expect(ada.text).not.to.include('Upload documents')
    expect((await upload('a.pdf')).status).to.equal(403)
    await allow({ access_level: 'full' })

    await ada.open(base)
    ada.attach('Choose files', 'statement.pdf', aPdf('mine'), 'application/pdf')
    await ada.press('Upload')
    expect(ada.text).to.include('1 document was uploaded.')
    expect(ada.tableRows()[0]?.[2]).to.equal('You')
    expect((await upload('tool.exe')).text).to.include('tool.exe is not one of the kinds of files')

    await viewer.open('/staff/notifications')
    expect(viewer.text).not.to.include('Ada Okafor')
    await office.open('/staff/notifications')
    await office.click('Ada Okafor uploaded 1 document to Harbour Foods')
    expect(office.tableRows()[0]?.[4]).to.equal('Ada Okafor')
    expect(
      await world.db('audit_events').where({ action: 'documents.uploaded', actor_type: 'portal_user' }),
    ).to.have.length(1)
  })

  it('name other customers in the portal of a contact only', async () => {
    const bert = await aPortalUser(world, { name: 'Bert Other', portals: [portal] })
    const { id } = await aDocument(world, portal.id, 'bid.pdf')
    await world.db('documents').where({ id }).update({ uploaded_by_portal_user_id: bert.id })
    await ada.open(base)
    expect(ada.tableRows()[0]?.[2]).to.equal('Another person')
    expect(ada.html).not.to.include('Bert')

    const contactId = await aContact(world, 'Harbour')
    await world.db('portals').where({ id: portal.id }).update({ kind: 'contact', contact_id: contactId })
    await ada.open(base)

    expect(ada.tableRows()[0]?.[2]).to.equal('Bert Other')
  })

  it('that are lost are said to be so on a page, and not saved as one', async () => {
    const { publicId } = await aDocument(world, portal.id, 'lost.pdf')
    rmSync(nodePath.join(world.config.dataDir, 'documents'), { recursive: true })

    const reply = await ada.raw('GET', `${base}/${publicId}`)

    expect([reply.status, reply.headers.get('content-disposition')]).to.deep.equal([500, null])
    expect(reply.headers.get('content-type')).to.equal('text/html; charset=utf-8')
  })

  it('cannot be put where somebody may not look, or by a form without its token', async () => {
    await allow({ access_level: 'full' })
    const denied = await aFolder(world, portal.id, 'Salaries')
    await deny(world, access, { folders: [denied] })
    await ada.open(base)

    expect((await upload('a.pdf', String(denied))).status).to.equal(404)
    expect((await upload('a.pdf', '', 'no token')).status).to.equal(403)
    expect(await world.db('documents').pluck('id')).to.deep.equal([])
  })

  it('leave no file open when somebody goes in the middle of an archive', async () => {
    const letters = Buffer.concat([aPdf(), Buffer.alloc(8_000_000, 'a')])
    for (const name of ['a.pdf', 'b.pdf', 'c.pdf'])
      await aDocument(world, portal.id, name, { content: Buffer.concat([letters, Buffer.from(name)]) })
    const open = (): number => readdirSync('/proc/self/fd').length
    const before = open()

    for (let n = 0; n < 10; n += 1) {
      const gone = new AbortController()
      const cookie = ada.cookies.header(new URL(base, world.base))
      const reply = await fetch(`${world.base}${base}/zip`, { headers: { cookie }, signal: gone.signal })
      expect(reply.status).to.equal(200)
      gone.abort()
    }
    for (let n = 0; n < 100 && open() > before + 4; n += 1) await new Promise(resolve => setTimeout(resolve, 20))

    expect(open()).to.be.at.most(before + 4)
  })

  function upload(name: string, folder = '', token = tokenOn(ada)): Promise<Reply> {
    const file = { name, type: 'application/pdf', content: aPdf(name) }
    const { headers, body } = multipart([
      ['_csrf', token],
      ['folder', folder],
      ['file', file],
    ])
    return ada.raw('POST', base, { headers: { ...headers, 'sec-fetch-site': 'same-origin' }, body })
  }
})

/** The texts in an archive that was downloaded, by name. */
async function textsIn(reply: Reply): Promise<Map<string, string>> {
  return new Map([...(await unzipped(reply.body))].map(([name, content]) => [name, content.toString()]))
}

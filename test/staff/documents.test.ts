import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { tokenOn } from '../support/actors.ts'
import type { Browser } from '../support/browser.ts'
import { aDocument, aFolder, aPdf } from '../support/documents.ts'
import { multipart, type Entry } from '../support/multipart.ts'
import { aPortal, type SomePortal } from '../support/people.ts'
import type { Reply } from '../support/site-client.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The documents of a portal, for the office', () => {
  let world: World
  let staff: Browser
  let portal: SomePortal
  let base: string
  beforeEach(async () => {
    world = await aWorld({ documentMegabytes: 1, portalMegabytes: 2 })
    staff = await world.signedInStaff()
    portal = await aPortal(world, 'Harbour Foods')
    base = `/staff/client-portals/${String(portal.id)}/documents`
  })
  afterEach(() => world.end())

  const names = (): string[] => staff.tableRows().map(row => row[1] ?? '')
  const sent = async (files: [name: string, content: Buffer][], folder = ''): Promise<Reply> => {
    await staff.open(base)
    const fields: Entry[] = [
      ['_csrf', tokenOn(staff)],
      ['folder', folder],
    ]
    const entries = files.map(([name, content]): Entry => ['file', { name, type: 'text/html', content }])
    const { headers, body } = multipart([...fields, ...entries])
    return staff.raw('POST', base, { headers: { ...headers, 'sec-fetch-site': 'same-origin' }, body })
  }

  /** What is left there once the site has had a moment to clear up after its answer. */
  const leftIn = async (folder: string): Promise<string[]> => {
    const left = (): string[] => readdirSync(path.join(world.config.dataDir, folder))
    for (let n = 0; n < 50 && left().length > 0; n += 1) await new Promise(resolve => setTimeout(resolve, 20))
    return left()
  }

  it('are not for strangers; a viewer may read them and change nothing', async () => {
    await aDocument(world, portal.id, 'report.pdf')
    const stranger = world.browser()
    const viewer = await world.signedInStaff('viewer')

    await stranger.open(base)
    await viewer.open(base)

    expect(stranger.path).to.include('/staff/sign-in')
    expect(viewer.tableRows().map(row => row[0])).to.deep.equal(['report.pdf'])
    expect(viewer.$('main form[method=post]').length).to.equal(0)
    expect((await viewer.download('report.pdf')).text).to.equal(aPdf('report.pdf').toString())
  })

  it('are put into folders, uploaded, renamed, moved and deleted', async () => {
    await staff.open(base)
    expect(staff.h1).to.equal('Documents of Harbour Foods')
    staff.fill('Name of the folder', 'Invoices')
    await staff.press('Make folder')
    expect(staff.text).to.include('The folder Invoices was made.')
    staff.attach('Choose files', 'C:\\Users\\ada\\march.pdf', aPdf('march'), 'application/pdf')
    await staff.press('Upload')
    expect(staff.text).to.include('1 document was uploaded.')
    expect(names()).to.deep.equal(['Invoices', 'march.pdf'])

    await staff.click('Rename march.pdf')
    staff.fill('Name', 'March 2026.pdf')
    await staff.press('Rename')
    staff.tick('Select March 2026.pdf')
    await staff.press('Move the selected')
    staff.fill('Move to', 'Invoices')
    await staff.press('Move')
    expect(staff.text).to.include('1 document was moved to Invoices.')
    expect(staff.h1).to.equal('Invoices')
    expect(names()).to.deep.equal(['March 2026.pdf'])

    await staff.click('Documents of Harbour Foods')
    staff.tick('Select Invoices')
    await staff.press('Delete the selected')
    expect(staff.text).to.include('this deletes 1 folder and 1 document.')
    await staff.press('Yes, delete')
    expect(staff.text).to.include('1 folder and 1 document were deleted.').and.include('There is nothing here yet.')
    staff.back()
    await staff.press('Yes, delete')

    expect(staff.text).to.include('Nothing had to be deleted.')
    const audit = await world.db('audit_events').where({ subject_type: 'portal' }).orderBy('id').pluck('action')
    expect(audit).to.deep.equal([
      'portal.added',
      'folder.made',
      'documents.uploaded',
      'document.renamed',
      'documents.moved',
      'documents.deleted',
    ])
  })

  it('are kept where they are good, and each refused file is named with its reason', async () => {
    const reply = await sent([
      ['good.pdf', aPdf('good')],
      ['page.pdf', Buffer.from('<html><script>alert(1)</script>')],
      ['tool.exe', Buffer.from('MZ')],
      ['empty.txt', Buffer.alloc(0)],
      ['huge.csv', Buffer.alloc(1_048_577, 'a')],
      ['notes.txt', Buffer.from('Ångström\n')],
      ['good.pdf', aPdf('good')],
    ])

    expect(reply.status).to.equal(422)
    expect(reply.text).to.include('2 documents were uploaded: good.pdf and notes.txt.')
    expect(reply.text).to.include('page.pdf does not hold what the end of its name says.')
    expect(reply.text).to.include('tool.exe is not one of the kinds of files that can be kept here: pdf, png')
    expect(reply.text).to.include('empty.txt is empty.').and.include('huge.csv is bigger than 1 MB.')
    expect(reply.text).to.include('good.pdf is in this folder already, with the same content')
    expect(await world.db('documents').pluck('name')).to.deep.equal(['good.pdf', 'notes.txt'])
    expect(await leftIn('uploads')).to.deep.equal([])
    expect(await leftIn('documents/arriving')).to.deep.equal([])
  })

  it('leave nothing behind of an upload that breaks off', async () => {
    await staff.open(base)
    const file = { name: 'a.pdf', type: 'x/y', content: Buffer.concat([aPdf(), Buffer.alloc(300_000, 'a')]) }
    const { headers, body } = multipart([
      ['_csrf', tokenOn(staff)],
      ['file', { ...file, content: aPdf('whole') }],
      ['file', file],
    ])
    const cookie = staff.cookies.header(new URL(base, world.base))

    for (const part of [200, 400, 700, 100_000, body.length - 10]) {
      await brokenOff(
        world,
        base,
        { ...headers, cookie, 'content-length': String(body.length) },
        body.subarray(0, part),
      )
    }

    expect(await leftIn('uploads')).to.deep.equal([])
    expect(await world.db('documents').pluck('id')).to.deep.equal([])
  })

  it('fill a portal only so far, and leave room on the disk', async () => {
    const big = (letter: string): Buffer => Buffer.concat([aPdf(), Buffer.alloc(1_000_000, letter)])
    const reply = await sent([
      ['a.pdf', big('a')],
      ['b.pdf', big('b')],
      ['c.pdf', big('c')],
    ])
    world.config.freeMegabytes = 1_000_000_000
    const full = await sent([['d.pdf', aPdf('d')]])

    expect(reply.text).to.include('c.pdf does not fit: this portal is full.')
    expect(await world.db('documents').count({ n: '*' })).to.deep.equal([{ n: 2 }])
    expect(full.status).to.equal(507)
    expect(full.text).to.include('There is no room left')
  })

  it('refuse an upload without a token, without a file, into a folder of another portal, and of too many', async () => {
    const other = await aPortal(world, 'Other')
    const foreign = await aFolder(world, other.id, 'Theirs')
    const many = Array.from({ length: 21 }, (_, n): [string, Buffer] => [`${String(n)}.pdf`, aPdf(String(n))])
    const { headers, body } = multipart([['file', { name: 'a.pdf', type: 'x/y', content: aPdf() }]])

    const untoken = await staff.raw('POST', base, { headers: { ...headers, 'sec-fetch-site': 'same-origin' }, body })

    expect(untoken.status).to.equal(403)
    expect((await sent([])).text).to.include('Choose at least one file')
    expect((await sent([['a.pdf', aPdf()]], String(foreign))).status).to.equal(404)
    expect((await sent(many)).status).to.equal(413)
    expect(await world.db('documents').pluck('id')).to.deep.equal([])
    expect(await leftIn('uploads')).to.deep.equal([])
  })

  it('refuse names that are missing, taken, too long or of another kind of file', async () => {
    await aFolder(world, portal.id, 'Ärzte')
    const doc = await aDocument(world, portal.id, 'report.pdf')
    const said: string[] = []

    for (const name of ['', 'ARZTE', 'x'.repeat(121)]) {
      await staff.open(base)
      staff.fill('Name of the folder', name)
      await staff.press('Make folder')
      expect(staff.status).to.equal(422)
      said.push(...staff.errors())
    }
    await staff.open(`${base}/files/${String(doc.id)}/rename`)
    staff.fill('Name', 'report.html')
    await staff.press('Rename')
    said.push(...staff.errors())

    expect(said).to.deep.equal([
      'Enter a name for the folder',
      'There is a folder of this name here already. Choose a different name',
      'Use at most 120 characters for the name',
      'Keep the end of the name: .pdf',
    ])
  })

  it('cannot be moved in circles, onto a taken name, or among portals', async () => {
    const other = await aPortal(world, 'Other')
    const [top, theirs] = [await aFolder(world, portal.id, 'Top'), await aFolder(world, other.id, 'Theirs')]
    const below = await aFolder(world, portal.id, 'Below', top)
    await aFolder(world, portal.id, 'Below')
    const move = async (pick: string, target: string): Promise<string> => {
      await staff.open(`${base}/move?pick=${pick}`)
      await staff.post(`${base}/move`, { pick, target })
      return staff.errors()[0] ?? staff.text
    }

    expect(await move(`f${String(top)}`, String(below))).to.include('A folder cannot be moved into itself')
    expect(await move(`f${String(below)}`, 'top')).to.include('A folder of the same name is there already.')
    expect(await move(`f${String(below)}`, String(theirs))).to.include('is not there any more.')
    expect(await move(`f${String(below)}`, '')).to.equal('Choose where to move them')
    await staff.open(`${base}/move?pick=f${String(theirs)}`)

    expect(staff.status).to.equal(404)
    expect(await world.db('folders').where({ id: below }).pluck('parent_id')).to.deep.equal([top])
  })

  it('ask again before more is deleted than was shown', async () => {
    const folder = await aFolder(world, portal.id, 'Papers')
    await staff.open(`${base}/deletion?pick=f${String(folder)}`)
    await aDocument(world, portal.id, 'late.pdf', { folderId: folder })

    await staff.press('Yes, delete')

    expect(staff.status).to.equal(409)
    expect(staff.text).to.include('Nothing was deleted.').and.include('1 folder and 1 document')
    expect(await world.db('documents').pluck('deleted_at')).to.deep.equal([null])
  })

  it('are found by name in the whole portal, sorted and paged', async () => {
    const folder = await aFolder(world, portal.id, 'Letters')
    await aDocument(world, portal.id, 'Ångström.pdf', { folderId: folder })
    for (let n = 10; n < 36; n += 1) await aDocument(world, portal.id, `File ${String(n)}.pdf`)

    await staff.open(base)
    expect(names()).to.have.length(25)
    await staff.click('Next page of documents')
    expect(names()).to.deep.equal(['File 34.pdf', 'File 35.pdf'])
    await staff.click('Name')
    expect(names().slice(0, 2)).to.deep.equal(['Letters', 'File 35.pdf'])
    staff.fill('Name of a folder or document', 'angst')
    await staff.press('Search this portal')

    expect(staff.tableRows().map(row => [row[1], row[5]])).to.deep.equal([['Ångström.pdf', 'Letters']])
    await staff.open(`${base}?q=%25`)
    expect(staff.text).to.include('No folder or document has such a name.')
  })

  it('are those of any portal that is there, and ask in vain for others', async () => {
    const doc = await aDocument(world, portal.id, 'report.pdf')
    const other = await aPortal(world, 'Other')
    const addresses = [
      `/staff/client-portals/${String(other.id)}/documents/files/${String(doc.id)}`,
      `/staff/client-portals/999/documents`,
      `${base}/folders/999`,
    ]
    await world.db('portals').where({ id: other.id }).update({ removed_at: world.now() })

    for (const address of [...addresses, `/staff/client-portals/${String(other.id)}/documents`]) {
      await staff.open(address)
      expect(staff.status, address).to.equal(404)
    }
  })
})

/** Sends the beginning of a request and hangs up. */
function brokenOff(world: World, at: string, headers: Record<string, string>, begin: Buffer): Promise<void> {
  return new Promise(resolve => {
    const { hostname, port } = new URL(world.base)
    const all = { ...headers, 'sec-fetch-site': 'same-origin' }
    const request = http.request({ hostname, port, method: 'POST', path: at, headers: all, agent: false })
    request.on('error', () => resolve())
    request.on('close', () => resolve())
    request.write(begin, () => setTimeout(() => request.destroy(), 50))
  })
}

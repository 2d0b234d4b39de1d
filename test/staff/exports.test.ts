import { expect } from 'chai'
import { parse } from 'csv-parse/sync'
import { giveAccess } from '../../src/core/access/records.ts'
import { choose } from '../support/contact-files.ts'
import { anInvitation } from '../support/invitations.ts'
import { aCompany, aContact, aPortal, aPortalUser, manyContacts } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { cellsOf } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Exporting contacts', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  const rows = (body: Buffer): string[][] => parse(body, { bom: true })

  it('takes out what the search finds, in the words of the search, with every column the import reads', async () => {
    const orders = await aPortal(world, 'Orders')
    const documents = await aPortal(world, 'Documents')
    const ada = await aPortalUser(world, { name: 'Ada', username: 'ada', portals: [orders, documents] })
    await aContact(world, 'Bea', { companyId: await aCompany(world, 'Acme') })
    await staff.open('/staff/contacts?q=ada')

    await staff.click('Export 1 contact')
    expect(staff.text).to.include('Search Text “ada”')
    const file = await staff.download(`Download contacts-${new Date(world.now()).toISOString().slice(0, 10)}.csv`)

    expect(file.headers.get('content-disposition')).to.match(/^attachment; filename="contacts-\d{4}-\d\d-\d\d\.csv"$/)
    expect(rows(file.body)).to.deep.equal([
      [
        'Contact ID',
        'Name',
        'Type',
        'Company',
        'Email',
        'Phone',
        'Reference',
        'Notes',
        'Username',
        'Password',
        'Portals',
      ],
      [String(ada.contactId), 'Ada', 'Client', '', 'ada@customer.example', '', '', '', 'ada', '', 'Documents; Orders'],
    ])
  })

  it('leaves out the portals of contacts, so that what comes back untouched changes nothing', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada', portals: [orders] })
    const bea = await aContact(world, 'Bea', { email: 'bea@customer.example' })
    for (const contactId of [ada.contactId, bea]) {
      const { portalId } = await anInvitation(world, contactId, { email: `new${String(contactId)}@customer.example` })
      const pair = { portalUserId: ada.id, portalId }
      await giveAccess(world.db, [pair], { source: 'staff', staff: { id: 1 }, batchId: null }, world.now())
    }
    await staff.open('/staff/contacts')
    expect(staff.tableRows('Contacts')[0]?.[5]).to.equal('Own portal, Bea, Orders')

    const { body } = await staff.download('/staff/contacts/export.csv')
    expect(rows(body)[1]?.at(-1)).to.equal('Orders')
    await choose(staff, body)
    await staff.press('Check the file')

    expect(staff.facts()).to.include({ 'Rows read': '2', 'Already up to date': '2', 'With problems': '0' })
    const sheet = await staff.download('/staff/portal-users/import/template.xlsx?existing=yes')
    expect((await cellsOf(sheet.body)).flat())
      .to.include('Orders')
      .and.not.to.include('Ada; Bea; Orders')
  })

  it('writes UTF-8 with a byte order mark, CRLF, and no cell that a spreadsheet would run', async () => {
    await aContact(world, '=HYPERLINK("https://evil.example")', {
      phone: '+44 20 7946 0001',
      notes: '-1\n"two"',
      reference: "'=1",
    })

    const { body } = await staff.download('/staff/contacts/export.csv')
    const text = body.toString('utf8')

    expect([...body.subarray(0, 3)]).to.deep.equal([0xef, 0xbb, 0xbf])
    expect(text).to.match(/\r\n$/)
    expect(text).to.include(`"'=HYPERLINK(""https://evil.example"")"`)
    expect(text).to.include(`"'+44 20 7946 0001"`)
    expect(text).to.include(`"''=1"`)
  })

  it('holds more rows than are read at once, each once', async () => {
    const ids = await manyContacts(world, { count: 4500 })

    const { body } = await staff.download('/staff/contacts/export.csv')

    expect(
      rows(body)
        .slice(1)
        .map(row => Number(row[0])),
    ).to.deep.equal(ids)
  })

  it('is not for viewers, and leaves a line in the audit log', async () => {
    const viewer = await world.signedInStaff('viewer')
    await viewer.open('/staff/contacts/export.csv')
    expect(viewer.status).to.equal(403)

    await staff.download('/staff/contacts/export.csv?type=client')

    const lines = await world
      .db('audit_events')
      .where({ action: 'contacts.exported' })
      .select<{ data: string }[]>('data')
    expect(lines.map(line => (JSON.parse(line.data) as { filter: { type: string } }).filter.type)).to.deep.equal([
      'client',
    ])
  })

  it('takes out nobody when the selection is no longer there', async () => {
    await manyContacts(world, { count: 3 })

    for (const address of ['/staff/contacts', '/staff/contacts/export', '/staff/contacts/export.csv']) {
      await staff.open(`${address}?only=selected&s=AAAAAAAAAAAA`)
      expect(staff.status, address).to.equal(404)
      expect(staff.h1).to.equal('This selection is no longer there')
    }
  })

  it('can take out just the selected ones', async () => {
    const ids = await manyContacts(world, { count: 3 })
    await staff.open('/staff/contacts')
    staff.tick('Select Contact 00002')
    await staff.press('Search')
    await staff.click('Show only these')

    await staff.click('Export 1 contact')
    const file = await staff.download(staff.$('a.go').attr('href') ?? '')

    expect(
      rows(file.body)
        .slice(1)
        .map(row => Number(row[0])),
    ).to.deep.equal([ids[1]])
  })
})

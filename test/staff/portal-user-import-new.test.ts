import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { aCompany, aContact, aPortal, aPortalUser } from '../support/people.ts'
import { aRawWorkbook, aWorkbook } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const TOP = [
  ['Access Level', 'Name', 'Email', 'Roles', 'Company', 'Portals', 'ID', 'Check'],
  ['Required', 'Required', 'Required', 'Optional', 'Optional', 'Optional', 'Optional', 'Optional'],
]

describe('New people of a sheet of portal users', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('take the contact of their company with their address, when it is the only one and has no login', async () => {
    const [acme, other] = [await aCompany(world, 'Acme'), await aCompany(world, 'Other')]
    const ada = await aContact(world, 'Ada Okafor', { email: 'Ada@harbour.example', companyId: acme })
    await aContact(world, 'Ada of Other', { email: 'ada@harbour.example', companyId: other })
    for (const name of ['Bea', 'Bea Again'])
      await aContact(world, name, { email: 'bea@harbour.example', companyId: acme })
    const cal = await aContact(world, 'Cal', { email: 'cal@harbour.example', companyId: acme })
    await world.db('contacts').where({ id: cal }).update({ archived_at: 1 })
    const dee = await aPortalUser(world, { name: 'Dee', email: 'dee@harbour.example' })
    await world.db('contacts').where({ id: dee.contactId }).update({ company_id: acme })
    await world.db('portal_users').where({ id: dee.id }).update({ email: null, email_normalized: null })
    await world.db('sign_in_names').where({ name_normalized: 'dee@harbour.example' }).delete()

    const names = ['Ada', 'Bea', 'Cal', 'Dee', 'Eve']
    await upload(names.map(name => ['Full', name, `${name.toLowerCase()}@harbour.example`, '', 'Acme']))
    await staff.press('OK')

    expect(staff.facts()).to.include({ Added: '5' })
    const linked = await world.db('portal_users').whereNot({ id: dee.id }).orderBy('id').pluck('contact_id')
    expect(linked).to.deep.equal([ada, null, null, null, null])
  })

  const TWO = [
    ['Full', 'Ada', 'ada@harbour.example'],
    ['Read only', 'Bea', 'bea@harbour.example'],
  ]

  it('get the only portal when the sheet names none', async () => {
    const orders = await aPortal(world, 'Orders')
    await upload(TWO)
    expect(staff.text).not.to.include('no portal')

    await staff.press('OK')

    expect(staff.text).not.to.include('no portal')
    const access = await world.db('portal_access').orderBy('id').select('portal_id', 'access_level')
    expect(access).to.deep.equal([
      { portal_id: orders.id, access_level: 'full' },
      { portal_id: orders.id, access_level: 'read_only' },
    ])
  })

  it('are counted, before and after, when they get no portal', async () => {
    for (const name of ['Orders', 'Documents']) await aPortal(world, name)
    await upload([...TWO, ['Full', 'Cal', 'cal@harbour.example', '', '', 'Orders']])
    expect(staff.text).to.include('2 new people get no portal. They could sign in, but open nothing.')

    await staff.press('OK')

    expect(staff.text).to.include(
      '2 new people get no portal. They can sign in, but open nothing until you give them one',
    )
  })

  it('are asked about again when they would get no portal by then', async () => {
    await aPortal(world, 'Orders')
    await upload(TWO)
    await aPortal(world, 'Documents')

    await staff.press('OK')

    expect(staff.h1).to.equal('Import 2 rows of portal users?')
    expect(staff.text).to.include('2 new people get no portal.')
    expect(await world.db('portal_users').select('id')).to.deep.equal([])
  })

  it('are not those who have a login: with Keep and no portal these stay as they are', async () => {
    await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Ada', email: 'ada@harbour.example' })

    await upload([['Keep', 'Ada', 'ada@harbour.example']])

    expect(staff.facts()).to.include({ 'Already up to date': '1' })
  })

  it('are at most ten thousand at a time, as the page and the template say', async () => {
    const cell = (column: string, row: number, text: string) =>
      `<c r="${column}${String(row)}" t="inlineStr"><is><t>${text}</t></is></c>`
    const line = (cells: string[], index: number) =>
      `<row r="${String(index + 1)}">${cells.map((text, at) => cell('ABCDEFGH'[at] ?? '', index + 1, text)).join('')}</row>`
    const people = Array.from({ length: 10_001 }, (_, index) => ['Full', `Person ${String(index)}`])

    await choose(await aRawWorkbook(`<sheetData>${[...TOP, ...people].map(line).join('')}</sheetData>`))

    const message = 'The selected file must have at most 10,000 rows. Divide a longer list into several'
    expect(staff.errors()).to.deep.equal([message])
    expect(staff.text).to.include('with at most 10,000 rows').and.include('A sheet holds at most 10,000 people.')
  })

  it('are named by the beginning of what stands in a very long cell', async () => {
    const long = '😀'.repeat(9000)
    await upload([['Full', long, 'ada@harbour.example', '', '', long]])

    await staff.press('OK')

    const line = await world.db('import_rows').first<{ label: string; errors: string }>('label', 'errors')
    expect(line.label).to.equal('😀'.repeat(200))
    expect(line.errors.length).to.be.lessThan(1000)
  })

  async function upload(rows: string[][]): Promise<void> {
    await choose(await aWorkbook([...TOP, ...rows]))
  }

  async function choose(content: Buffer): Promise<void> {
    await staff.open('/staff/portal-users/import')
    staff.attach('Choose File', 'users.xlsx', content)
    await staff.press('Request Import')
  }
})

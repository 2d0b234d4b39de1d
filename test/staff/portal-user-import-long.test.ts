import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { aCompany, aPortal, manyContacts } from '../support/people.ts'
import { firstSheet } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const ROWS = 5000
const KNOWN = 100
const COMPANIES = 20
const LEVELS = ['Full', 'Standard', 'Read only']

describe('A long import of portal users', function () {
  this.timeout(60_000)
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('of 5,000 rows goes from the request to the bell, and everybody is in the table once', async () => {
    await aPortal(world, 'Orders')
    await aPortal(world, 'Documents')
    for (let company = 0; company < COMPANIES; company += 1) await aCompany(world, companyName(company))
    await manyContacts(world, { count: KNOWN, login: true })

    await upload(await filledIn(people()))
    expect(staff.h1).to.equal('Import 5,000 rows of portal users?')
    await staff.press('OK')
    while (staff.h1 === 'Importing portal users') await staff.click('Check progress')

    expect(staff.facts()).to.deep.equal({ Added: '4,900', Updated: '100', 'Already up to date': '0' })
    await staff.open(staff.path) // the bell is of the moment at which a page was asked for
    await staff.click('Notifications 1 unread')
    await staff.click('Portal users imported – people.xlsx')
    await staff.click('View the portal users')
    expect(staff.text).to.include('5,000 portal users')
    await found('person04321@harbour.example', 'Company 1')
    await eachOnce()
  })

  it('of 5,000 rows with one mistake among them imports nothing, and names the mistake', async () => {
    const rows = people().slice(KNOWN)
    rows[4000] = ['Boss', ...(rows[4000] ?? []).slice(1)]

    await upload(await filledIn(rows.map(([level = '', name = '', email = '']) => [level, name, email])))
    await staff.press('OK')
    while (staff.h1 === 'Importing portal users') await staff.click('Check progress')

    expect(staff.h1).to.equal('Failed validation: 1 row to fix')
    expect(staff.tableRows('with mistakes').map(row => row[0])).to.deep.equal(['Row 4,003'])
    expect(await world.db('portal_users').select('id')).to.deep.equal([])
  })

  async function filledIn(rows: string[][]): Promise<Buffer> {
    await staff.open('/staff/portal-users/import')
    await staff.press('Download Template')
    const sheet = await firstSheet(staff.downloaded?.body ?? expect.fail('there is no template'))
    for (const [index, cells] of rows.entries()) sheet.getRow(index + 3).values = cells
    return Buffer.from(await sheet.workbook.xlsx.writeBuffer())
  }

  async function upload(content: Buffer): Promise<void> {
    staff.attach('Choose File', 'people.xlsx', content)
    await staff.press('Request Import')
  }

  async function found(email: string, company: string): Promise<void> {
    staff.fill('Company, email, username or name', email)
    await staff.press('Search')
    expect(staff.tableRows().map(row => row.slice(1, 3))).to.deep.equal([[company, email]])
  }

  async function eachOnce(): Promise<void> {
    expect((await world.db('portal_users').distinct('email_normalized')).length).to.equal(ROWS)
    const levels = await world
      .db('portal_access')
      .groupBy('access_level')
      .orderBy('access_level')
      .select<{ access_level: string; many: number }[]>('access_level', world.db.raw('count(*) as many'))
    expect(levels.map(({ access_level, many }) => [access_level, many])).to.deep.equal([
      ['full', 3334],
      ['read_only', 3332],
      ['standard', 3334],
    ])
  }
})

/** The first of them have a login already. */
function people(): string[][] {
  return Array.from({ length: ROWS }, (_, index) => {
    const number = String(index + 1).padStart(5, '0')
    const email = index < KNOWN ? `contact${number}@customer.example` : `person${number}@harbour.example`
    const level = LEVELS[index % LEVELS.length] ?? ''
    return [level, `Person ${number}`, email, '', companyName(index % COMPANIES), 'Orders; Documents']
  })
}

function companyName(index: number): string {
  return `Company ${String(index + 1)}`
}

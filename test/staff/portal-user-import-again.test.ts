import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { aPortalUser } from '../support/people.ts'
import { firstSheet } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const CHANGED = 'People were added or changed since you looked, so nothing was imported. Look at what it would do now'

describe('The last look before portal users are imported', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('says what the sheet would do', async () => {
    await aPortalUser(world, { name: 'Bea', email: 'bea@harbour.example' })
    await upload([
      ['Full', 'Ada', 'ada@harbour.example'],
      ['Keep', 'Bea Lund', 'bea@harbour.example'],
      ['Keep', 'Cal', 'cal@'],
    ])

    expect(staff.facts()).to.deep.equal({
      'Will be added': '1',
      'Will be updated': '1',
      'Already up to date': '0',
      'With mistakes': '1',
    })
  })

  it('is asked for again when the sheet would do something else by then, and nothing is done before', async () => {
    await upload([['Full', 'Ada Okafor', 'ada@harbour.example']])
    const { id } = await aPortalUser(world, { name: 'Ada', email: 'ada@harbour.example' })

    await staff.press('OK')

    expect(staff.h1).to.equal('Import 1 row of portal users?')
    expect(staff.errors()).to.deep.equal([CHANGED])
    expect(staff.facts()).to.include({ 'Will be added': '0', 'Will be updated': '1' })
    expect(await names()).to.deep.equal(['Ada'])
    await staff.click('Notifications 1 unread')
    await staff.click('Look again before portal users are imported – users.xlsx')
    await staff.press('OK')
    expect(staff.facts()).to.include({ Added: '0', Updated: '1' })
    expect(await world.db('portal_users').pluck('id')).to.deep.equal([id])
    expect(await names()).to.deep.equal(['Ada Okafor'])
  })

  it('is not replaced by one from before', async () => {
    await upload([['Full', 'Ada Okafor', 'ada@harbour.example']])
    await aPortalUser(world, { name: 'Ada', email: 'ada@harbour.example' })
    await staff.press('OK')
    staff.back()

    await staff.press('OK')

    expect(staff.status).to.equal(409)
    expect(staff.errors()).to.deep.equal([CHANGED])
    expect(await names()).to.deep.equal(['Ada'])
  })

  it('lets only one of two people who import the same sheet at the same moment add its people', async () => {
    const rows = [['Full', 'Ada Okafor', 'ada@harbour.example']]
    await upload(rows)
    const [first, second] = [staff, await world.signedInStaff()]
    staff = second
    await upload(rows)

    await Promise.all([first.press('OK'), second.press('OK')])

    const seen = [first, second].map(one => one.h1).toSorted()
    expect(seen).to.deep.equal(['Import 1 row of portal users?', 'Portal users imported'])
    expect(await names()).to.deep.equal(['Ada Okafor'])
  })

  async function upload(rows: string[][]): Promise<void> {
    await staff.open('/staff/portal-users/import')
    const sheet = await firstSheet((await staff.download('/staff/portal-users/import/template.xlsx')).body)
    for (const [index, cells] of rows.entries()) sheet.getRow(index + 3).values = cells
    staff.attach('Choose File', 'users.xlsx', Buffer.from(await sheet.workbook.xlsx.writeBuffer()))
    await staff.press('Request Import')
  }

  const names = (): Promise<string[]> => world.db('portal_users').pluck<string[]>('name')
})

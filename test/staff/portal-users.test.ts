import { expect } from 'chai'
import { aCompany, aPortalUser, manyContacts } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The list of portal users', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  const emails = (rows: string[][]): string[] => rows.map(row => row[2] ?? '')

  async function inCompany(name: string, company: string, more: { email?: string | null } = {}): Promise<void> {
    const { contactId } = await aPortalUser(world, { name, ...more })
    const company_id = await aCompany(world, company)
    await world.db('contacts').where({ id: contactId }).update({ company_id })
  }

  it('is not for strangers, and viewers may only look', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const stranger = world.browser()
    const viewer = await world.signedInStaff('viewer')

    await stranger.open('/staff/portal-users')
    await viewer.open('/staff/portal-users')

    expect(stranger.h1).to.equal('Sign in')
    expect(emails(viewer.tableRows())).to.deep.equal(['ada.okafor@customer.example'])
    expect(viewer.text).not.to.include('Add New Portal User')
    expect(viewer.text).not.to.include('Delete')
  })

  it('stands in Settings under Client, and says what to do while it is empty', async () => {
    const staff = await world.signedInStaff()
    await staff.click('Settings')

    await staff.click('Portal Access')

    expect(staff.h1).to.equal('Portal Access')
    expect(staff.text).to.include('There are no portal users yet.')
    await staff.click('+ Add New Portal User')
    expect(staff.h1).to.equal('Add Portal User')
  })

  it('shows company and email, or the username of somebody without one, and how they stand', async () => {
    await inCompany('Ada Okafor', 'Acme', { email: null })
    await aPortalUser(world, { name: 'Bea Nogueira', own: false })
    const staff = await world.signedInStaff()

    await staff.open('/staff/portal-users')

    expect(staff.tableRows().map(row => row.slice(1))).to.deep.equal([
      ['Acme', 'ada.okafor', 'Active', 'Never'],
      ['No company', 'bea.nogueira@customer.example', 'Temporary password', 'Never'],
    ])
  })

  it('sorts by company and by email, and back, and keeps the ticks', async () => {
    await inCompany('Zoe', 'Acme')
    await inCompany('Ada', 'Brightwater')
    await aPortalUser(world, { name: 'Max' })
    const staff = await world.signedInStaff()
    await staff.open('/staff/portal-users')
    staff.tick('Select ada@customer.example')

    const orders: string[] = []
    for (const heading of ['Company', 'Company', 'Email', 'Email']) {
      await staff.press(heading)
      orders.push(
        emails(staff.tableRows())
          .map(email => email.split('@')[0] ?? '')
          .join(' '),
      )
    }

    expect(orders).to.deep.equal(['max ada zoe', 'zoe ada max', 'ada max zoe', 'zoe max ada'])
    expect(staff.text).to.include('1 portal user selected')
  })

  it('finds people by company, email, username and name, accents and capitals apart', async () => {
    await inCompany('Zoë Ångström', 'Brightwater', { email: 'z@acme.example' })
    await aPortalUser(world, { name: 'Cal Reid', username: 'captain', email: null })
    const staff = await world.signedInStaff()

    const found: Record<string, string[]> = {}
    for (const text of ['BRIGHT', 'z@acme', 'capt', 'zoe ang', 'reid', '%']) {
      await staff.open('/staff/portal-users')
      staff.fill('Company, email, username or name', text)
      await staff.press('Search')
      found[text] = emails(staff.tableRows())
    }

    const [zoe, cal] = [['z@acme.example'], ['captain']]
    expect(found).to.deep.equal({ BRIGHT: zoe, 'z@acme': zoe, capt: cal, 'zoe ang': zoe, reid: cal, '%': [] })
    await staff.press('Show all portal users')
    expect(staff.tableRows().length).to.equal(2)
  })

  it('keeps ticks from page to page, offers 10, 25, 50 and 100, and selects all of a page or of a search', async () => {
    await manyContacts(world, { count: 27, login: true })
    const staff = await world.signedInStaff()
    await staff.open('/staff/portal-users?size=10')

    staff.tick('Select contact00001@customer.example')
    await staff.press('Next page')
    await staff.press('Select all 10 on this page')
    expect(staff.text).to.include('11 portal users are now selected.')
    await staff.press('Previous page')
    expect(staff.$('tbody input:checked').length).to.equal(1)
    await staff.press('100 rows')
    expect(staff.tableRows().length).to.equal(27)
    await staff.press('Select all 27 matching')

    expect(staff.text).to.include('27 portal users selected')
    await staff.press('Clear selection')
    expect(staff.text).to.include('0 portal users selected')
  })

  it('asks for at least one tick before deleting', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const staff = await world.signedInStaff()
    await staff.open('/staff/portal-users')

    await staff.press('Delete')

    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal(['Select at least one portal user, then choose Delete'])
  })

  it('goes to page 1 from a page that is no longer there', async () => {
    const staff = await world.signedInStaff()

    await staff.open('/staff/portal-users?page=7')

    expect(staff.path).to.equal('/staff/portal-users?size=25')
  })
})

import { expect } from 'chai'
import { aCompany, aContact, aPortal, aPortalUser, manyContacts } from '../support/people.ts'
import { questionsOf } from '../support/questions.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The list of contacts', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  const names = (rows: string[][]): string[] => rows.map(row => row[1] ?? '')

  it('is not for strangers: they sign in first and then see what they came for', async () => {
    const browser = world.browser()
    const staff = await world.aStaff('Rosa Marsh')

    await browser.open('/staff/contacts?q=harbour')
    expect(browser.h1).to.equal('Sign in')
    browser.fill('Email address', staff.email)
    browser.fill('Password', staff.password)
    await browser.press('Sign in')

    expect(browser.path).to.equal('/staff/contacts?q=harbour')
  })

  it('says what to do when there is nobody yet', async () => {
    const staff = await world.signedInStaff()

    await staff.open('/staff/contacts')

    expect(staff.text).to.include(
      'There are no contacts yet. Import a list from a spreadsheet or add the first contact.',
    )
  })

  it('finds people by part of a name, email, company, username or phone, accents and capitals apart', async () => {
    const company = await aCompany(world, 'Ångström Lighting')
    await aContact(world, 'Ada Okafor', { companyId: company })
    await aContact(world, 'Bea Nogueira', { email: 'bea@brightwater.example', phone: '020 7946 0123' })
    await aPortalUser(world, { name: 'Cal Reid', username: 'captain' })
    const staff = await world.signedInStaff()

    const found: Record<string, string[]> = {}
    for (const text of ['OKAFOR', 'brightw', 'angstrom', 'capt', '02079460', 'nobody', '%', '_']) {
      await staff.open(`/staff/contacts?q=${encodeURIComponent(text)}`)
      found[text] = names(staff.tableRows())
    }

    expect(found).to.deep.equal({
      OKAFOR: ['Ada Okafor'],
      brightw: ['Bea Nogueira'],
      angstrom: ['Ada Okafor'],
      capt: ['Cal Reid'],
      '02079460': ['Bea Nogueira'],
      nobody: [],
      '%': [],
      _: [],
    })
  })

  it('filters by type, company, portal and portal state, and shows each filter as a button that removes it', async () => {
    const orders = await aPortal(world, 'Orders')
    await aContact(world, 'Ada', { contactType: 'supplier', companyId: await aCompany(world, 'Acme') })
    await aPortalUser(world, { name: 'Bea', portals: [orders] })
    const staff = await world.signedInStaff()
    await staff.open('/staff/contacts')

    staff.fill('Portal', 'Orders')
    await staff.press('Search')
    expect(names(staff.tableRows())).to.deep.equal(['Bea'])
    await staff.press('Remove filter: Portal: Orders')
    staff.fill('Type', 'Supplier')
    staff.fill('Company', 'acm')
    staff.fill('Portal state', 'No username')
    await staff.press('Search')

    expect(names(staff.tableRows())).to.deep.equal(['Ada'])
    expect(staff.text).to.include('1 of 2 contacts matches your search')
    await staff.press('Clear all filters')
    expect(names(staff.tableRows())).to.deep.equal(['Ada', 'Bea'])
  })

  it('sorts by its headings, those without a value last, and back', async () => {
    await aContact(world, 'Zoe', { companyId: await aCompany(world, 'Acme') })
    await aContact(world, 'Äbba', { companyId: await aCompany(world, 'Zenith') })
    await aContact(world, 'Max')
    const staff = await world.signedInStaff()
    await staff.open('/staff/contacts')

    expect(names(staff.tableRows())).to.deep.equal(['Äbba', 'Max', 'Zoe'])
    await staff.press('Company')
    expect(names(staff.tableRows())).to.deep.equal(['Zoe', 'Äbba', 'Max'])
    await staff.press('Company')
    expect(names(staff.tableRows())).to.deep.equal(['Max', 'Äbba', 'Zoe'])
    await staff.press('Name')
    await staff.press('Name')
    expect(names(staff.tableRows())).to.deep.equal(['Zoe', 'Max', 'Äbba'])
  })

  it('offers 10, 25, 50 and 100 a page, remembers the choice, and pages to the end', async () => {
    await manyContacts(world, { count: 23 })
    const staff = await world.signedInStaff()
    await staff.open('/staff/contacts')

    await staff.press('10 rows')
    await staff.press('Next page')
    await staff.press('Next page')

    expect(staff.tableRows().length).to.equal(3)
    expect(staff.title).to.equal('Contacts (page 3 of 3) – Portico')
    await staff.press('Previous page')
    expect(staff.text).to.include('Contacts 11 to 20 of 23')
    await staff.open('/staff/contacts')
    expect(staff.tableRows().length).to.equal(10)
  })

  it('goes to page 1 from a page that is no longer there', async () => {
    await manyContacts(world, { count: 3 })
    const staff = await world.signedInStaff()

    await staff.open('/staff/contacts?page=7')

    expect(staff.path).to.match(/^\/staff\/contacts\?size=25/)
    expect(staff.tableRows()).to.have.length(3)
  })

  it('shows archived contacts only when asked', async () => {
    const ada = await aContact(world, 'Ada')
    await aContact(world, 'Bea')
    const staff = await world.signedInStaff()
    await staff.open(`/staff/contacts/${String(ada)}`)

    await staff.press('Archive')
    expect(staff.text).to.include('Ada was archived. A sign-in it has stays as it is. You can restore it here.')
    await staff.open('/staff/contacts')
    expect(names(staff.tableRows())).to.deep.equal(['Bea'])
    await staff.click('Show archived contacts')
    expect(staff.tableRows().map(row => row[0])).to.deep.equal(['Ada'])
    await staff.click('Ada')
    await staff.press('Restore')

    await staff.open('/staff/contacts')
    expect(names(staff.tableRows())).to.deep.equal(['Ada', 'Bea'])
  })
})

describe('A page of the list of contacts', () => {
  it('takes few questions to the database, and as few when there are many contacts', async () => {
    const world = await aWorld()
    await manyContacts(world, { count: 1200, login: true })
    const staff = await world.signedInStaff()
    const asked = (address: string): Promise<string[]> => questionsOf(world, () => staff.open(address))

    for (const query of ['', '&page=60', '&q=contact&sort=company&state=not-signed-in']) {
      const first = await asked(`/staff/contacts?size=10${query}`)
      const again = await asked(`/staff/contacts?size=10${query}`)

      // The session with all that goes along; the marks with portals and rows. At first also what is counted, put in order and kept.
      expect(first, first.join('\n')).to.have.length.at.most(9)
      expect(again, again.join('\n')).to.have.length.at.most(2)
    }
    await world.end()
  })
})

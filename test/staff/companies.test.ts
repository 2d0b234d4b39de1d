import { expect } from 'chai'
import { aCompany, aContact } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Companies', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  const names = (): string[] => staff.tableRows().map(row => row[0] ?? '')

  it('are listed by name with their contacts, searched and turned round', async () => {
    const acme = await aCompany(world, 'Acme')
    await aCompany(world, 'Änglar AB')
    await aContact(world, 'Ada', { companyId: acme })
    await staff.click('Companies')

    expect(staff.tableRows().map(row => [row[0], row[4]])).to.deep.equal([
      ['Acme', '1'],
      ['Änglar AB', '0'],
    ])
    await staff.click('Name')
    expect(names()).to.deep.equal(['Änglar AB', 'Acme'])
    staff.fill('Name, email, phone or reference', 'ANGLAR')
    await staff.press('Search')

    expect(names()).to.deep.equal(['Änglar AB'])
  })

  it('are added, changed, archived and restored', async () => {
    await staff.open('/staff/companies')
    await staff.click('Add company')
    staff.fill('Name', 'Acme')
    staff.fill('Email (optional)', 'office@acme.example')
    await staff.press('Add company')
    await staff.click('Change')
    staff.fill('Name', 'Acme Limited')
    await staff.press('Save changes')
    expect(staff.h1).to.equal('Acme Limited')

    await staff.press('Archive')
    expect(staff.text).to.include('Acme Limited was archived. Its contacts stay.')
    await staff.press('Restore')

    expect(staff.text).to.include('Acme Limited is back in the list.')
  })

  it('are warned about when the name is there already', async () => {
    await aCompany(world, 'Acme')
    await staff.open('/staff/companies/new')
    staff.fill('Name', 'ACME')

    await staff.press('Add company')
    expect(staff.text).to.include('You may have this company already')
    staff.tick('No, this is another company: add it')
    await staff.press('Add company')

    expect(staff.h1).to.equal('ACME')
  })

  it('are found from the contact list by name', async () => {
    const acme = await aCompany(world, 'Acme & Sons')
    await aContact(world, 'Ada', { companyId: acme })
    await staff.open(`/staff/companies/${String(acme)}`)

    await staff.click('See the contacts of this company')

    expect(staff.tableRows()[0]?.[1]).to.equal('Ada')
  })
})

import { expect } from 'chai'
import { aCompany, aContact, aPortal, aPortalUser } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The page of a contact', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('shows what is known, the sign-in and the portals', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', username: 'ada', portals: [orders], own: false })

    await staff.open(`/staff/contacts/${String(ada.contactId)}`)

    expect(staff.h1).to.equal('Ada Okafor')
    expect(staff.text).to.include('Username ada')
    expect(staff.text).to.include('Temporary password works until')
    expect(staff.text).to.match(/Orders, since \d/)
  })

  it('says that a temporary password has expired', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', own: false })

    world.later(7 * 86_400_000 + 1)
    staff = await world.signedInStaff()
    await staff.open(`/staff/contacts/${String(ada.contactId)}`)

    expect(staff.text).to.include('Temporary password expired')
  })

  it('is added with its company, after a question about a company nobody knows', async () => {
    await staff.open('/staff/contacts')
    await staff.click('Add contact')
    staff.fill('Name', 'Ada  Okafor')
    staff.fill('Type', 'Supplier')
    staff.fill('Company (optional)', 'Acme')
    staff.fill('Email (optional)', 'ada@acme.example')

    await staff.press('Add contact')
    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal([
      'There is no company called Acme. Check the name, or tick “Add it as a new company”',
    ])
    staff.tick('Add it as a new company')
    await staff.press('Add contact')

    expect(staff.text).to.include('was added.')
    expect(staff.text).to.include('Supplier, Acme')
    expect(staff.text).to.include('ada@acme.example')
  })

  it('keeps what was typed and says what to change, the summary first', async () => {
    await staff.open('/staff/contacts/new')
    staff.fill('Email (optional)', 'not an address')
    staff.fill('Notes (optional)', 'Call in May')

    await staff.press('Add contact')

    expect(staff.status).to.equal(422)
    expect(staff.title).to.equal('Error: Add a contact – Portico')
    expect(staff.errors()).to.deep.equal([
      'Enter the name of the contact',
      'Enter an email address like name@example.com, or leave it empty',
    ])
    expect(staff.$('#notes').text()).to.equal('Call in May')
  })

  it('warns about somebody who may be the same person, and adds them when told to', async () => {
    await aContact(world, 'Ada Okafor', { email: 'ada@acme.example' })
    await staff.open('/staff/contacts/new')
    staff.fill('Name', 'A. Okafor')
    staff.fill('Email (optional)', 'ADA@acme.example')

    await staff.press('Add contact')
    expect(staff.text).to.include('You may have this person already')
    expect(await world.db('contacts')).to.have.length(1)
    staff.tick('No, this is another person: add the contact')
    await staff.press('Add contact')

    expect(staff.h1).to.equal('A. Okafor')
    expect(await world.db('contacts')).to.have.length(2)
  })

  it('is not overwritten by a form that was opened before somebody else’s change', async () => {
    const ada = await aContact(world, 'Ada')
    const other = await world.signedInStaff()
    await staff.open(`/staff/contacts/${String(ada)}/change`)
    await other.open(`/staff/contacts/${String(ada)}/change`)
    other.fill('Phone (optional)', '020 7946 0001')
    await other.press('Save changes')

    staff.fill('Phone (optional)', '020 7946 0002')
    await staff.press('Save changes')

    expect(staff.status).to.equal(422)
    expect(staff.errors()[0]).to.include('Somebody changed this contact while you were editing it')
    expect(staff.$('#phone').attr('value')).to.equal('020 7946 0002')
    expect((await world.db('contacts').where({ id: ada }).first<{ phone: string }>('phone')).phone).to.equal(
      '020 7946 0001',
    )
  })

  it('leaves one audit line a change, and none when nothing changes', async () => {
    const ada = await aContact(world, 'Ada', { companyId: await aCompany(world, 'Acme') })
    await staff.open(`/staff/contacts/${String(ada)}/change`)
    await staff.press('Save changes')
    await staff.open(`/staff/contacts/${String(ada)}/change`)
    staff.fill('Phone (optional)', '020 7946 0001')

    await staff.press('Save changes')

    const lines = await world
      .db('audit_events')
      .where({ subject_type: 'contact', subject_id: ada })
      .select('action', 'data')
    expect(lines).to.deep.equal([{ action: 'contact.changed', data: '{"fields":["phone"]}' }])
  })

  it('refuses a reference that another contact has', async () => {
    await aContact(world, 'Ada', { reference: 'K-1' })
    await staff.open('/staff/contacts/new')
    staff.fill('Name', 'Bea')
    staff.fill('Reference (optional)', 'K-1')

    await staff.press('Add contact')

    expect(staff.errors()).to.deep.equal(['Another contact has this reference. Use a different one, or leave it empty'])
  })

  it('is a page that is not found when there is no such contact', async () => {
    for (const id of ['999', '0', '1abc', '99999999999', '-1']) {
      await staff.open(`/staff/contacts/${id}`)
      expect(staff.status, id).to.equal(404)
    }
  })
})

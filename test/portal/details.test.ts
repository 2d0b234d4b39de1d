import { expect } from 'chai'
import { aSubscriber } from '../support/contact-portals.ts'
import { aContact, aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('My Details', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('show what the office knows of the contact whose portal it is, but not its own notes', async () => {
    const acme = await aContact(world, 'Acme Ltd', {
      email: 'hello@acme.example',
      notes: 'Pays late',
      reference: 'K-77',
    })
    const { browser, slug } = await aSubscriber(world, { contactId: acme })

    await browser.open(`/portal/portals/${slug}`)
    await browser.click('My Details')

    expect(browser.text).to.include('hello@acme.example').and.include('No phone number')
    expect(browser.text).not.to.match(/Pays late|K-77/)
  })

  it('are corrected by the customer, and everybody at the office who may change things is told', async () => {
    const acme = await aContact(world, 'Acme Ltd', { email: 'hello@acme.example', notes: 'Pays late' })
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    const manager = await world.signedInStaff('manager')
    const viewer = await world.signedInStaff('viewer')
    await browser.open(`/portal/portals/${slug}/details`)
    await browser.click('Change my details')

    browser.fill('Email address (optional)', 'not an address')
    browser.fill('Phone number (optional)', '020 7946 0000')
    await browser.press('Save my details')
    expect(browser.status).to.equal(422)
    browser.fill('Email address (optional)', 'office@acme.example')
    await browser.press('Save my details')
    await manager.open('/staff/notifications')
    await viewer.open('/staff/notifications')

    expect(browser.text).to.include('Your details were saved.').and.include('020 7946 0000')
    const row = await world.db('contacts').where({ id: acme }).first('email', 'phone', 'notes')
    expect(row).to.deep.equal({ email: 'office@acme.example', phone: '020 7946 0000', notes: 'Pays late' })
    expect(manager.text).to.include('Sam Sole changed the details of Acme Ltd')
    expect(viewer.text).not.to.include('Acme')
    const audit = await world.db('audit_events').where({ action: 'contact.changed' }).select('actor_type')
    expect(audit).to.deep.equal([{ actor_type: 'portal_user' }])
  })

  it('never move the sign-in email of a contact who has not signed in, not even when staff save the rest later', async () => {
    const orders = await aPortal(world, 'Orders')
    const vera = await aPortalUser(world, { name: 'Vera Vale', own: false, portals: [orders] })
    const { browser, slug } = await aSubscriber(world, { contactId: vera.contactId })
    await browser.open(`/portal/portals/${slug}/details/change`)
    browser.fill('Name', 'Vera Voss')
    browser.fill('Email address (optional)', 'sam@attacker.example')
    await browser.press('Save my details')
    const staff = await world.signedInStaff()
    await staff.open(`/staff/contacts/${String(vera.contactId)}/change`)
    staff.fill('Phone (optional)', '020 7946 0000')
    await staff.press('Save changes')

    const contact = await world.db('contacts').where({ id: vera.contactId }).first('email', 'phone')
    const login = await world.db('portal_users').where({ id: vera.id }).first('name', 'email', 'username')
    const names = await world.db('sign_in_names').where({ portal_user_id: vera.id }).orderBy('name_normalized')
    expect(contact).to.deep.equal({ email: 'sam@attacker.example', phone: '020 7946 0000' })
    expect(login).to.deep.equal({ name: 'Vera Voss', email: vera.email, username: vera.username })
    expect(names.map(row => row.name_normalized)).to.deep.equal([vera.username, vera.email])
    await staff.open(`/staff/contacts/${String(vera.contactId)}/change`)
    staff.fill('Email (optional)', 'vera@right.example')
    await staff.press('Save changes')
    expect((await world.db('portal_users').where({ id: vera.id }).first('email')).email).to.equal('vera@right.example')
  })

  it('do not overwrite what somebody else has changed meanwhile', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    await browser.open(`/portal/portals/${slug}/details/change`)
    await world.db('contacts').where({ id: acme }).update({ version: 2, phone: '1' })

    browser.fill('Phone number (optional)', '2')
    await browser.press('Save my details')

    expect(browser.status).to.equal(422)
    expect(browser.text).to.include('These details were changed while you were editing them')
    expect((await world.db('contacts').where({ id: acme }).first('phone')).phone).to.equal('1')
  })

  it('can only be read with the level for reading, and not at all without the permission', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const reader = await aSubscriber(world, { contactId: acme, level: 'read_only', name: 'Rea Reader' })
    const other = await aSubscriber(world, { contactId: acme, canViewDetails: false, name: 'Ona Other' })

    await reader.browser.open(`/portal/portals/${reader.slug}/details`)
    expect(reader.browser.text).not.to.include('Change my details')
    await reader.browser.open(`/portal/portals/${reader.slug}/details/change`)
    expect(reader.browser.status).to.equal(403)
    await reader.browser.post(`/portal/portals/${reader.slug}/details`, { version: 1, name: 'Mine' })
    await other.browser.open(`/portal/portals/${other.slug}`)
    expect(other.browser.text).not.to.include('My Details')
    await other.browser.open(`/portal/portals/${other.slug}/details`)

    expect([reader.browser.status, other.browser.status]).to.deep.equal([403, 403])
    expect((await world.db('contacts').where({ id: acme }).first('name')).name).to.equal('Acme Ltd')
  })

  it('are in a shared portal those of the person, and never of somebody else', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    const stranger = world.browser()
    await aPortalUser(world, { name: 'Bea Lund' })
    const browser = world.browser()
    await signInToPortal(browser, ada.username, OWN_PASSWORD)
    await signInToPortal(stranger, 'bea.lund', OWN_PASSWORD)

    await browser.open('/portal/portals/orders/details')
    await stranger.open('/portal/portals/orders/details')

    expect(browser.text).to.include('ada.okafor@customer.example')
    expect(stranger.status).to.equal(404)
  })
})

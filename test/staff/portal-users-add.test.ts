import { expect } from 'chai'
import { switchPortal } from '../../src/core/portals/portals.ts'
import { system } from '../../src/core/actors.ts'
import type { Browser } from '../support/browser.ts'
import { aCompany, aContact, aPortal, aPortalUser, portalsOf, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const NOT_SENT = 'Portal user saved. The invitation was not sent because the portal is not enabled.'

describe('Adding a portal user', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    const acme = await aCompany(world, 'Acme')
    await world.db('companies').where({ id: acme }).update({ email: 'office@acme.example' })
  })
  afterEach(() => world.end())

  async function typeIn(email: string, portals: string[] = []): Promise<void> {
    await staff.open('/staff/portal-users/new')
    staff.fill('Company', 'Acme')
    staff.fill('Company email', email)
    staff.fill('Enter Password', 'harbour-0417')
    for (const portal of portals) staff.tick(portal)
  }

  async function mails(): Promise<{ to_email: string; status: string }[]> {
    return world.db('emails').orderBy('id').select<{ to_email: string; status: string }[]>('to_email', 'status')
  }

  it('is for those who may change things', async () => {
    const viewer = await world.signedInStaff('viewer')

    await viewer.open('/staff/portal-users/new')

    expect(viewer.status).to.equal(403)
  })

  it('fills in the email of the company, keeps the rest, and saves', async () => {
    await aPortal(world, 'Orders')
    await staff.open('/staff/portal-users/new')
    staff.fill('Company', 'Acme')
    staff.fill('Name (optional)', 'Jane Doe')
    staff.tick('Orders')
    await staff.press('Use this company’s email')
    staff.fill('Enter Password', 'harbour-0417')
    await staff.press('Save')

    expect(staff.text).to.include('Portal user saved. The invitation to office@acme.example waits in the outbox')
    expect(staff.tableRows()[0]?.slice(1, 4)).to.deep.equal(['Acme', 'office@acme.example', 'Temporary password'])
    expect(await mails()).to.deep.equal([{ to_email: 'office@acme.example', status: 'queued' }])
    const jane = world.browser()
    await signInToPortal(jane, 'office@acme.example', 'harbour-0417')
    expect(jane.h1).to.equal('Choose your own password')
  })

  it('queues the mail when a mail server is there', async () => {
    await aPortal(world, 'Orders')
    world.config.smtpUrl = 'smtp://localhost:1'
    await typeIn('jane@acme.example', ['Orders'])

    await staff.press('Save')

    expect(staff.text).to.include('Portal user saved. The invitation to jane@acme.example is queued.')
  })

  it('holds the mail and says so when no chosen portal is enabled', async () => {
    const orders = await aPortal(world, 'Orders')
    await switchPortal(world.db, system, orders.id, false, world.now())
    await typeIn('jane@acme.example', ['Orders (disabled)'])
    await staff.press('Save')
    expect(staff.text).to.include(NOT_SENT)
    await typeIn('joe@acme.example')

    await staff.press('Save')

    expect(staff.text).to.include('The invitation was not sent because this person has no portal yet.')
    expect((await mails()).map(mail => mail.status)).to.deep.equal(['held', 'held'])
  })

  it('offers to send what was held once the portal is enabled, once', async () => {
    const orders = await aPortal(world, 'Orders')
    await switchPortal(world.db, system, orders.id, false, world.now())
    await typeIn('jane@acme.example', ['Orders (disabled)'])
    await staff.press('Save')
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/portals')
    expect(admin.text).not.to.include('held invitation')

    await admin.press('Enable Orders')
    await admin.press('Send 1 held invitation for Orders')

    expect(admin.text).to.include('1 invitation for Orders is queued.')
    expect(admin.text).not.to.include('held invitation')
    expect((await mails()).map(mail => mail.status)).to.deep.equal(['queued'])
  })

  it('says what is missing and keeps what was typed, but for the password', async () => {
    await aPortal(world, 'Orders')
    await staff.open('/staff/portal-users/new')
    staff.fill('Company email', 'jane at acme')
    staff.fill('Enter Password', 'short')
    staff.tick('Orders')

    await staff.press('Save')

    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal([
      'Choose the company of this person',
      'Enter an email address like name@example.com',
      'Enter a temporary password of 8 to 256 characters',
    ])
    expect(staff.$('#email').attr('value')).to.equal('jane at acme')
    expect(staff.$('#password').attr('value')).to.equal('')
    expect(staff.$('input[name=portal]:checked').length).to.equal(1)
  })

  it('takes an address once only, says whose it is, and offers that person the portals instead', async () => {
    await aPortal(world, 'Orders')
    const jane = await aPortalUser(world, { name: 'Jane Doe', email: 'jane@acme.example' })
    await typeIn('JANE@acme.example', ['Orders'])

    await staff.press('Save')
    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal([
      'This email address is already used by Jane Doe. An email address may only be used once',
    ])
    await staff.press('Give Jane Doe access to these portals instead')

    expect(staff.text).to.include('Jane Doe was given access to Orders. No email was sent.')
    expect(staff.h1).to.equal('Edit Portal User')
    expect(await portalsOf(world, jane.contactId)).to.deep.equal(['Orders'])
    expect(await mails()).to.deep.equal([])
  })

  it('offers again when the address is changed after the offer, and gives nothing to whoever has that one', async () => {
    await aPortal(world, 'Orders')
    const jane = await aPortalUser(world, { name: 'Jane Doe', email: 'jane@acme.example' })
    const zoe = await aPortalUser(world, { name: 'Zoe Lim', email: 'zoe@acme.example' })
    await typeIn('jane@acme.example', ['Orders'])
    await staff.press('Save')
    staff.fill('Company email', 'zoe@acme.example')
    await staff.press('Give Jane Doe access to these portals instead')

    expect(staff.errors()[0]).to.include('This email address is already used by Zoe Lim.')
    expect(await portalsOf(world, zoe.contactId)).to.deep.equal([])
    await staff.press('Give Zoe Lim access to these portals instead')
    expect(await portalsOf(world, zoe.contactId)).to.deep.equal(['Orders'])
    expect(await portalsOf(world, jane.contactId)).to.deep.equal([])
  })

  it('adds nobody when the address is changed after the offer to one that is free', async () => {
    await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Jane Doe', email: 'jane@acme.example' })
    await typeIn('jane@acme.example', ['Orders'])
    await staff.press('Save')
    staff.fill('Company email', 'new@acme.example')
    staff.fill('Enter Password', 'harbour-0417')
    await staff.press('Give Jane Doe access to these portals instead')

    expect(staff.errors()[0]).to.include('Nobody signs in with this email address or username.')
    expect(await world.db('portal_users').pluck('name')).to.deep.equal(['Jane Doe'])
  })

  it('gives portals once when the button is pressed several times at the same moment', async () => {
    await aPortal(world, 'Orders')
    const jane = await aPortalUser(world, { name: 'Jane Doe', email: 'jane@acme.example' })
    const browsers = await Promise.all([1, 2, 3, 4].map(() => world.signedInStaff()))
    for (const browser of browsers) {
      staff = browser
      await typeIn('jane@acme.example', ['Orders'])
      await staff.press('Save')
    }

    await Promise.all(browsers.map(browser => browser.press('Give Jane Doe access to these portals instead')))

    expect(browsers.map(browser => browser.h1)).to.deep.equal(browsers.map(() => 'Edit Portal User'))
    expect(browsers.filter(browser => browser.text.includes('was given access to Orders'))).to.have.length(1)
    expect(await portalsOf(world, jane.contactId)).to.deep.equal(['Orders'])
  })

  it('asks for portals before giving them, and takes a username once only', async () => {
    await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Jane Doe', username: 'jane' })
    await typeIn('other@acme.example')
    staff.fill('Username (optional)', 'Jane')

    await staff.press('Save')
    expect(staff.errors()).to.deep.equal([
      'This username is already used by Jane Doe. A username may only be used once',
    ])
    await staff.press('Give Jane Doe access to these portals instead')

    expect(staff.errors()).to.deep.equal(['Select the portals to give access to'])
  })

  it('allows several people in a company, and ties a login to the contact it is for', async () => {
    const company = await world.db('companies').first<{ id: number }>('id')
    const contactId = await aContact(world, 'Jane Doe', { companyId: company.id, email: 'jane@acme.example' })
    for (const email of ['jane@acme.example', 'joe@acme.example']) {
      await typeIn(email)
      await staff.press('Save')
    }

    expect(staff.tableRows().map(row => row.slice(1, 3))).to.deep.equal([
      ['Acme', 'jane@acme.example'],
      ['Acme', 'joe@acme.example'],
    ])
    await staff.open(`/staff/contacts/${String(contactId)}`)
    expect(staff.text).to.include('Sign-in email jane@acme.example')
  })

  it('finds a company among many without script', async () => {
    for (let n = 0; n < 50; n += 1) await aCompany(world, `Company ${String(n)}`)
    await staff.open('/staff/portal-users/new')
    await staff.press('Save')
    expect(staff.errors()[0]).to.equal('Choose the company of this person')

    staff.fill('Part of the company’s name', 'acm')
    staff.fill('Name (optional)', 'Jane Doe')
    await staff.press('Find company')
    staff.choose('Acme')
    await staff.press('Use this company’s email')
    staff.fill('Enter Password', 'harbour-0417')
    await staff.press('Save')

    expect(staff.tableRows()[0]?.slice(1, 3)).to.deep.equal(['Acme', 'office@acme.example'])
    const row = await world.db('portal_users').first<{ name: string }>('name')
    expect(row.name).to.equal('Jane Doe')
  })
})

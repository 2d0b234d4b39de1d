import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { anInvitation, mailTaken } from '../support/invitations.ts'
import { aContact, aPortal, aPortalUser, manyContacts } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const WEEK_MS = 7 * 86_400_000
const REPORT = 'invite all clients to the portal'

describe('The Import Center', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  const ticked = (): number => staff.$('tbody input:checked').length
  const names = (): string[] => staff.tableRows().map(row => row[1] ?? '')
  const invited = (): Promise<string[]> => world.db('invitations').orderBy('email').pluck('email')

  async function runReport(): Promise<void> {
    await staff.open('/staff/import-center')
    await staff.press(REPORT)
  }

  it('lists those with an address who were not invited, all ticked, and counts those without one', async () => {
    await aContact(world, 'Ada', { email: 'ada@customer.example' })
    await aContact(world, 'Bea', { email: 'bea@customer.example' })
    await aContact(world, 'Cal')
    const dan = await aContact(world, 'Dan', { email: 'dan@customer.example' })
    await anInvitation(world, dan, { email: 'dan@customer.example' })

    await runReport()

    expect(names().join()).to.match(/^Ada.*,Bea.*$/)
    expect(ticked()).to.equal(2)
    expect(staff.text).to.include('2 contacts with an email address have not been invited yet.')
    expect(staff.text).to.include('1 contact has no email address')
    await staff.click('see it in the list of contacts')
    expect(staff.tableRows()).to.have.length(1)
    expect(staff.text).to.include('No email address')
  })

  it('keeps an unticked contact unticked through paging, sorting, another size and going back', async () => {
    await manyContacts(world, { count: 25 })
    await runReport()
    await staff.press('10 rows')

    staff.untick('Select Contact 00003')
    staff.fill('Personal message (optional)', 'We have moved')
    await staff.press('Next page')
    staff.untick('Select Contact 00011')
    await staff.press('Name')
    await staff.press('50 rows')
    expect(ticked()).to.equal(23)
    staff.back()
    await staff.press('50 rows')
    await staff.press('Send Invitation')

    expect(staff.h1).to.equal('Send 23 invitations?')
    expect(staff.text).to.include('We have moved')
    await staff.press('Send 23 invitations')
    expect(staff.h1).to.equal('23 contacts invited')
    expect(await invited()).to.not.include('contact00003@customer.example')
  })

  it('says what became of everybody, and invites nobody again', async () => {
    await aContact(world, 'Ada', { email: 'ada@customer.example' })
    await aContact(world, 'Bea', { email: 'bea at home' })
    await runReport()
    await staff.press('Send Invitation')
    expect(staff.text).to.include('1 contact has an email address that mail cannot go to')
    await staff.press('Send 1 invitation')

    expect(staff.h1).to.equal('1 contact invited, 1 skipped')
    expect(staff.facts()).to.deep.equal({
      'Were invited': '1',
      'Had access already': '0',
      'Were invited already': '0',
      Skipped: '1',
    })
    expect(staff.text).to.include('The invitations are queued')
    const result = staff.path
    staff.back()
    await staff.press('Send 1 invitation')
    expect(staff.path).to.equal(result)
    await runReport()
    expect(names().map(name => name.slice(0, 3))).to.deep.equal(['Bea'])
    await staff.press('Send Invitation')
    expect(staff.text).to.include('There is nobody to invite.')
    expect(await invited()).to.deep.equal(['ada@customer.example'])
  })

  it('shows those invited before in a list of their own, unticked, with what became of it', async () => {
    for (const name of ['Ada', 'Bea']) {
      const email = `${name.toLowerCase()}@customer.example`
      const id = await aContact(world, name, { email })
      if (name === 'Ada') await mailTaken(world, (await anInvitation(world, id, { email })).id)
    }
    world.later(WEEK_MS)
    staff = await world.signedInStaff()

    await runReport()
    await staff.press('Invited before (1)')
    expect(names()[0]).to.include('Ada')
    expect(staff.text).to.include('Invitation expired on')
    expect(ticked()).to.equal(0)
    staff.tick('Select Ada')
    await staff.press('Not invited yet (1)')
    expect(ticked()).to.equal(1)
    await staff.press('Send Invitation')
    await staff.press('Send 2 invitations')

    expect(staff.h1).to.equal('2 contacts invited')
  })

  it('reports for a shared portal, where one of two contacts with one address is invited', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Has Access', portals: [orders] })
    for (const name of ['Ada', 'Bea']) await aContact(world, name, { email: 'both@customer.example' })
    await staff.open('/staff/import-center/invitations')

    staff.fill('Portal to invite to', String(orders.id))
    await staff.press('Run the report')
    expect(ticked()).to.equal(2)
    await staff.press('Send Invitation')
    expect(staff.text).to.include('shares both@customer.example with Ada')
    await staff.press('Send 1 invitation')

    expect(staff.text).to.include('Invited to Orders by')
    expect(await world.db('invitations').pluck('portal_id')).to.deep.equal([orders.id])
  })

  it('shows the check page anew when somebody else was quicker', async () => {
    const ada = await aContact(world, 'Ada', { email: 'ada@customer.example' })
    await runReport()
    await staff.press('Send Invitation')
    await anInvitation(world, ada, { email: 'ada@customer.example' })

    await staff.press('Send 1 invitation')

    expect(staff.status).to.equal(409)
    expect(staff.text).to.include('The contacts have changed since you looked.')
    expect(staff.text).to.include('There is nobody to invite.')
  })

  it('asks for a tick and for a shorter message, and keeps what was typed', async () => {
    await aContact(world, 'Ada', { email: 'ada@customer.example' })
    await runReport()
    staff.untick('Select Ada')
    staff.fill('Personal message (optional)', 'x'.repeat(501))

    await staff.press('Send Invitation')

    expect(staff.errors()).to.deep.equal([
      'Select at least one contact, then choose Send Invitation',
      'Make the message 1 character shorter',
    ])
    expect(staff.$('#message').text()).to.have.length(501)
  })

  it('gives a viewer the blank template, which others find where they import', async () => {
    await staff.open('/staff/import-center')
    expect(staff.text).not.to.include('Download the template for portal users')
    staff = await world.signedInStaff('viewer')

    await staff.open('/staff/import-center')
    await staff.click('Download the template for portal users')

    expect(staff.status).to.equal(200)
  })

  it('lets a viewer read the report and send nothing', async () => {
    await aContact(world, 'Ada', { email: 'ada@customer.example' })
    staff = await world.signedInStaff('viewer')

    await runReport()

    expect(names()[0]).to.include('Ada')
    expect(staff.$('button[value=send]').length).to.equal(0)
  })

  it('invites the ticked contacts from Bulk Actions too', async () => {
    await aContact(world, 'Ada', { email: 'ada@customer.example' })
    await aPortal(world, 'Orders')
    await staff.open('/staff/contacts')
    staff.tick('Select Ada')
    await staff.press('Bulk Actions')
    staff.choose('Send invitations')
    await staff.press('Continue')
    staff.fill('Personal message (optional)', 'Hello')
    await staff.press('Continue')
    expect(staff.$('main a:contains("Cancel and go back")').attr('href')).to.match(/^\/staff\/contacts\?s=/)

    await staff.press('Send 1 invitation')
    expect(staff.h1).to.equal('1 contact invited')
    await staff.click('Undo: cancel the invitations written here')
    await staff.press('Undo this change')

    expect(await world.db('invitations').pluck('status')).to.deep.equal(['cancelled'])
  })
})

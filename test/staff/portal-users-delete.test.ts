import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { put, to } from '../support/outbox.ts'
import { aCompany, aPortal, aPortalUser, manyContacts, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Deleting portal users', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('warns with their names, and Cancel leaves everything as it was', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    await aPortalUser(world, { name: 'Bea Nogueira' })
    await staff.open('/staff/portal-users')
    await staff.press('Select all 2 on this page')
    await staff.press('Delete')

    expect(staff.h1).to.equal('Delete 2 portal users?')
    expect(staff.text).to.include('Ada Okafor, ada.okafor@customer.example')
    expect(staff.text).to.include(
      'They will no longer be able to access the Client Portal. This action can not be undone.',
    )
    await staff.click('Cancel')

    expect(staff.text).to.include('2 portal users selected')
    expect(staff.tableRows().length).to.equal(2)
  })

  it('deletes for good: signed out, without access, mail or link, and the names are free', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    await put(world, [{ ...to('Ada', 'ada@customer.example'), portalUserId: ada.id }])
    const browser = world.browser()
    await signInToPortal(browser, ada.username, ada.password)
    await staff.open('/staff/portal-users')
    staff.tick('Select ada.okafor@customer.example')
    await staff.press('Delete')

    await staff.press('YES, delete 1 portal user')

    expect(staff.text).to.include('1 portal user deleted.')
    expect(staff.text).to.include('There are no portal users yet.')
    await browser.open('/portal/home')
    expect(browser.h1).to.match(/^Sign in/)
    await signInToPortal(browser, ada.username, ada.password)
    expect(browser.errors().length).to.equal(1)
    expect(await world.db('portal_access').whereNull('revoked_at')).to.deep.equal([])
    expect(await world.db('sign_in_names')).to.deep.equal([])
    expect(await world.db('sessions').where({ realm: 'portal', principal_id: ada.id })).to.deep.equal([])
    expect(await world.db('emails').pluck<string[]>('status')).to.deep.equal(['cancelled'])
  })

  it('leaves the contact without a login, and its address can be used again', async () => {
    await aCompany(world, 'Acme')
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    await staff.click('Delete')
    await staff.press('YES, delete 1 portal user')

    await staff.open(`/staff/contacts/${String(ada.contactId)}`)
    expect(staff.text).to.include('This contact has no username and password')
    await staff.open('/staff/portal-users/new')
    staff.fill('Company', 'Acme')
    staff.fill('Company email', 'ada.okafor@customer.example')
    staff.fill('Enter Password', 'harbour-0417')
    await staff.press('Save')

    expect(staff.tableRows()[0]?.slice(1, 3)).to.deep.equal(['Acme', 'ada.okafor@customer.example'])
  })

  it('names twenty of many, deletes them all in one batch, and a second press does no harm', async () => {
    await manyContacts(world, { count: 30, login: true })
    await staff.open('/staff/portal-users')
    await staff.press('Select all 30 matching')
    await staff.press('Delete')
    expect(staff.text).to.include('See all 30')
    await staff.press('YES, delete 30 portal users')
    staff.back()

    await staff.press('YES, delete 30 portal users')

    expect(staff.text).to.include('30 portal users deleted. They can no longer access the Client Portal.')
    const batches = await world.db('batches').pluck<string[]>('kind')
    expect(batches).to.deep.equal(['delete'])
    expect((await world.db('audit_events').where({ action: 'portal-users.deleted' })).length).to.equal(1)
  })

  it('shows the warning again when the number has changed meanwhile', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    await aPortalUser(world, { name: 'Bea Nogueira' })
    await staff.open('/staff/portal-users')
    await staff.press('Select all 2 on this page')
    await staff.press('Delete')
    const other = await world.signedInStaff()
    await other.open(`/staff/portal-users/delete?id=${String(ada.id)}`)
    await other.press('YES, delete 1 portal user')

    await staff.press('YES, delete 2 portal users')

    expect(staff.status).to.equal(409)
    expect(staff.h1).to.equal('Delete 1 portal user?')
    expect(staff.text).to.include('Nothing was deleted.')
  })

  it('is for those who may change things, and nobody uses the selection of another', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    await staff.open('/staff/portal-users')
    await staff.press('Select all 1 on this page')
    await staff.press('Delete')
    const viewer = await world.signedInStaff('viewer')
    const other = await world.signedInStaff()

    await viewer.open(staff.path)
    await other.open(staff.path)

    expect([viewer.status, other.status]).to.deep.equal([403, 404])
  })
})

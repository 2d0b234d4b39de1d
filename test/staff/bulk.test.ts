import { expect } from 'chai'
import { aContact, aPortal, aPortalUser, manyContacts, portalsOf, type SomePortal } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Adding and removing portals in bulk', () => {
  let world: World
  let staff: Browser
  let orders: SomePortal
  let documents: SomePortal
  beforeEach(async () => {
    world = await aWorld()
    orders = await aPortal(world, 'Orders')
    documents = await aPortal(world, 'Documents')
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  async function selectEverybody(): Promise<void> {
    await staff.open('/staff/contacts?size=10')
    await staff.press(`Select all ${/of ([\d,]*\d)/.exec(staff.$('caption').text())?.[1] ?? ''} matching`)
    await staff.press('Bulk Actions')
  }

  it('shows who will get access, who has it and by name who cannot, before anything happens', async () => {
    await aPortalUser(world, { name: 'Ada' })
    await aPortalUser(world, { name: 'Bea', portals: [orders, documents] })
    const cal = await aContact(world, 'Cal')

    await selectEverybody()
    staff.tick('Orders')
    staff.tick('Documents')
    await staff.press('Continue')

    expect(staff.h1).to.equal('Check before you add portals to 3 contacts')
    expect(staff.facts()).to.deep.equal({
      'Will get access': '1',
      'Will be invited': '0',
      'Already have both portals': '1',
      'No email address': '1',
    })
    expect(staff.$('#group-no-email').parent().find('a').attr('href')).to.equal(`/staff/contacts/${String(cal)}`)
    expect(await world.db('batches')).to.deep.equal([])
  })

  it('adds to what contacts have, never replaces, and says what was done as counted by the database', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [documents] })
    const cal = await aContact(world, 'Cal')

    await selectEverybody()
    staff.tick('Orders')
    await staff.press('Continue')
    await staff.press('Save')

    expect(staff.text).to.include('The selected contacts were updated successfully.')
    expect(staff.h1).to.equal('1 contact updated, 1 skipped')
    expect(staff.text).to.include('1 contact updated. 1 was not given access because it has no email address: Cal.')
    expect(staff.facts()).to.deep.equal({
      'Got access': '1',
      'Were invited': '0',
      'Had access already': '0',
      'Were invited already': '0',
      Skipped: '1',
    })
    expect(staff.tableRows()[0]?.[0]).to.include('Cal')
    expect(await portalsOf(world, ada.contactId)).to.deep.equal(['Documents', 'Orders'])
    expect(await portalsOf(world, cal)).to.deep.equal([])
  })

  it('invites those without a username and password, but for whom is unticked, and takes it all back', async () => {
    const ada = await aPortalUser(world, { name: 'Ada' })
    for (const name of ['Bea', 'Cal']) await aContact(world, name, { email: `${name}@customer.example` })
    await aContact(world, 'Eve', { email: 'bea@customer.example' })

    await selectEverybody()
    staff.tick('Orders')
    await staff.press('Continue')
    expect(staff.facts()).to.deep.equal({
      'Will get access': '1',
      'Will be invited': '2',
      'Share an email address': '1',
    })
    expect(staff.text).to.include('shares bea@customer.example with Bea')
    staff.untick('Cal, Cal@customer.example')
    await staff.press('Save: add portal to 1 contact, invite 2 contacts')

    expect(staff.h1).to.equal('1 contact updated, 1 invited, 2 skipped')
    expect(staff.text).to.include('1 was not given access because it was unticked: Cal.')
    await staff.click('Undo: remove what was added here')
    expect(staff.text).to.include('1 invitation that nobody has accepted is cancelled')
    await staff.press('Undo this change')
    expect(staff.text).to.include('Put back as before: 1. Invitations cancelled: 1.')
    expect(await portalsOf(world, ada.contactId)).to.deep.equal([])
  })

  it('removes portals and leaves the others', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [documents, orders] })
    const bea = await aPortalUser(world, { name: 'Bea', portals: [documents] })

    await selectEverybody()
    staff.choose('Remove portals')
    staff.tick('Orders')
    await staff.press('Continue')
    expect(staff.facts()).to.include({ 'Will lose access': '1', 'Do not have this portal': '1' })
    await staff.press('Save')

    expect(await portalsOf(world, ada.contactId)).to.deep.equal(['Documents'])
    expect(await portalsOf(world, bea.contactId)).to.deep.equal(['Documents'])
    expect(staff.facts()).to.include({ 'Lost access': '1', 'Did not have access': '1' })
  })

  it('runs once when Save is pressed twice', async () => {
    await aPortalUser(world, { name: 'Ada' })
    await selectEverybody()
    staff.tick('Orders')
    await staff.press('Continue')

    await staff.press('Save')
    const result = staff.path
    staff.back()
    await staff.press('Save')

    expect(staff.path).to.equal(result)
    expect((await world.db('batches')).length).to.equal(1)
    expect((await world.db('audit_events').where({ action: 'portals.granted' })).length).to.equal(1)
  })

  it('shows new numbers instead of saving when contacts have changed since', async () => {
    const ada = await aPortalUser(world, { name: 'Ada' })
    await aPortalUser(world, { name: 'Bea' })
    await selectEverybody()
    staff.tick('Orders')
    await staff.press('Continue')

    await world.db('contacts').where({ id: ada.contactId }).update({ archived_at: world.now() })
    await staff.press('Save')

    expect(staff.status).to.equal(409)
    expect(staff.text).to.include('The contacts have changed since you looked.')
    expect(staff.facts()).to.include({ 'Will get access': '1' })
    expect(await world.db('portal_access')).to.deep.equal([])
    await staff.press('Save')
    expect(staff.h1).to.equal('1 contact updated')
  })

  it('asks for a portal when none is chosen, and keeps the rest', async () => {
    await aPortalUser(world, { name: 'Ada' })
    await selectEverybody()

    staff.choose('Remove portals')
    await staff.press('Continue')

    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal(['Select at least one portal'])
    expect(staff.$('input[name=action][value=remove]').attr('checked')).to.equal('checked')
  })

  it('has nothing to save when everybody has the portal already', async () => {
    await aPortalUser(world, { name: 'Ada', portals: [orders] })
    await selectEverybody()
    staff.tick('Orders')

    await staff.press('Continue')

    expect(staff.text).to.include('There is nothing to save: no selected contact would get access.')
    expect(staff.$('main button').length).to.equal(0)
  })

  it('ignores portals that do not exist', async () => {
    await aPortalUser(world, { name: 'Ada' })
    await selectEverybody()
    const handle = staff.$('input[name=s]').attr('value') ?? ''

    await staff.open(`/staff/contacts/bulk/check?s=${handle}&action=add&portal=999999&portal=x`)

    expect(staff.errors()).to.deep.equal(['Select at least one portal'])
  })

  it('can be undone: takes back what it added, and leaves what somebody changed since', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [documents] })
    const bea = await aPortalUser(world, { name: 'Bea' })
    await selectEverybody()
    staff.tick('Orders')
    await staff.press('Continue')
    await staff.press('Save')
    await world.db('portal_access').where({ portal_user_id: bea.id }).update({ revoked_at: world.now() })

    await staff.click('Undo: remove what was added here')
    expect(staff.text).to.include(
      '1 time, counted for each person and portal. 1 other was changed since, and stays as it is.',
    )
    await staff.press('Undo this change')
    expect(staff.text).to.include('The change was undone. Put back as before: 1.')
    staff.back()
    await staff.press('Undo this change')

    expect(staff.text).to.include('This change had been undone already.')
    expect(await portalsOf(world, ada.contactId)).to.deep.equal(['Documents'])
  })

  it('can undo a removal, with the access as it was', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [documents, orders] })
    const asItWas = { access_level: 'full', invitation_id: 7 }
    await world.db('portal_access').where({ portal_id: orders.id }).update(asItWas)
    await selectEverybody()
    staff.choose('Remove portals')
    staff.tick('Orders')
    await staff.press('Continue')
    await staff.press('Save')

    await staff.click('Undo: give back what was removed here')
    await staff.press('Undo this change')

    expect(await portalsOf(world, ada.contactId)).to.deep.equal(['Documents', 'Orders'])
    const live = await world
      .db('portal_access')
      .where({ portal_id: orders.id })
      .whereNull('revoked_at')
      .select('access_level', 'invitation_id')
    expect(live).to.deep.equal([asItWas])
  })

  it('works on fifty thousand contacts in one go', async function () {
    this.timeout(60_000)
    const ids = await manyContacts(world, { count: 50_000, login: true })

    await selectEverybody()
    staff.tick('Orders')
    staff.tick('Documents')
    await staff.press('Continue')
    await staff.press('Save: add portals to 50,000 contacts')

    expect(staff.h1).to.equal('50,000 contacts updated')
    expect(await portalsOf(world, ids.at(-1) ?? 0)).to.deep.equal(['Documents', 'Orders'])
  })
})

import { expect } from 'chai'
import { giveAccess } from '../../../src/core/access/records.ts'
import { cancelInvitation } from '../../../src/core/invitations/change.ts'
import { standingOf, STANDINGS, withStanding, type PortalChoice } from '../../../src/core/invitations/standing.ts'
import { addContacts } from '../../../src/core/contacts/records.ts'
import { anInvitation, aStaffActor, mailTaken } from '../../support/invitations.ts'
import { aContact, aPortal, aPortalUser, type SomePortal } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const WEEK_MS = 7 * 86_400_000

describe('Where a contact stands with a portal', () => {
  let world: World
  let orders: SomePortal
  beforeEach(async () => {
    world = await aWorld()
    orders = await aPortal(world, 'Orders')
  })
  afterEach(() => world.end())

  const ADA = 'ada@customer.example'

  async function standing(contactId: number, choice: PortalChoice): Promise<string> {
    const [row] = await world
      .db('contacts')
      .where({ id: contactId })
      .select<{ standing: string }[]>(world.db.raw('? as standing', [standingOf(world.db, choice, world.now())]))
    return row?.standing ?? 'no such contact'
  }

  async function giveOrders(portalUserId: number, portalId = orders.id): Promise<void> {
    const staff = await aStaffActor(world, `Gail ${String(portalUserId)} ${String(portalId)}`)
    const origin = { source: 'staff' as const, staff, batchId: null }
    await world.db.transaction(trx => giveAccess(trx, [{ portalUserId, portalId }], origin, world.now()))
  }

  it('is no-email without an address, and not-invited with one', async () => {
    const cal = await aContact(world, 'Cal')
    const ada = await aContact(world, 'Ada', { email: ADA })

    expect([await standing(cal, 'own'), await standing(cal, orders.id)]).to.deep.equal(['no-email', 'no-email'])
    expect([await standing(ada, 'own'), await standing(ada, orders.id)]).to.deep.equal(['not-invited', 'not-invited'])
  })

  it('is pending from the invitation on, for its portal only, and lapsed seven days after the mail left', async () => {
    const ada = await aContact(world, 'Ada', { email: 'Ada@Customer.example' })
    const { id } = await anInvitation(world, ada, { email: 'ADA@customer.example' })

    expect(await standing(ada, 'own')).to.equal('pending')
    expect(await standing(ada, orders.id)).to.equal('not-invited')
    world.later(WEEK_MS)
    expect(await standing(ada, 'own')).to.equal('pending')
    await mailTaken(world, id)
    world.later(WEEK_MS)
    expect(await standing(ada, 'own')).to.equal('lapsed')
  })

  it('is lapsed when the invitation was cancelled, also when the portal was removed', async () => {
    const ada = await aContact(world, 'Ada', { email: ADA })
    const { id } = await anInvitation(world, ada, { email: ADA })

    await cancelInvitation(world.db, await aStaffActor(world), id, world.now())
    expect(await standing(ada, 'own')).to.equal('lapsed')
    await world.db('portals').where({ contact_id: ada }).update({ removed_at: world.now() })

    expect(await standing(ada, 'own')).to.equal('lapsed')
  })

  it('is another person’s invitation to the portal of a contact nothing to the contact itself', async () => {
    const ada = await aContact(world, 'Ada', { email: ADA })
    await anInvitation(world, ada, { email: 'bea@customer.example' })

    expect(await standing(ada, 'own')).to.equal('not-invited')
  })

  it('is registered with access, lapsed once it was taken away, for a shared portal and for its own', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [orders] })
    const { portalId } = await anInvitation(world, ada.contactId, { email: 'colleague@customer.example' })

    expect(await standing(ada.contactId, orders.id)).to.equal('registered')
    expect(await standing(ada.contactId, 'own')).to.equal('not-invited')
    await giveOrders(ada.id, portalId)
    expect(await standing(ada.contactId, 'own')).to.equal('registered')
    await world.db('portal_access').update({ revoked_at: world.now() })

    expect(await standing(ada.contactId, orders.id)).to.equal('lapsed')
    expect(await standing(ada.contactId, 'own')).to.equal('lapsed')
  })

  it('is not-invited for somebody imported and never mailed, registered once they were mailed or have been here', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [orders], own: false })
    const bea = await aPortalUser(world, { name: 'Bea', portals: [orders], own: false })

    expect(await standing(ada.contactId, orders.id)).to.equal('not-invited')
    const mail = { to_name: 'Ada', to_email: ADA, template: 'sign-in-details', subject: 'Welcome', masked_text: '' }
    const times = { send_after: 1, created_at: 1, attempts: 0 }
    const sent = { portal_user_id: ada.id, status: 'sent', message_id: '<1@test>' }
    await world.db('emails').insert({ ...mail, ...times, ...sent })
    await world.db('portal_users').where({ id: bea.id }).update({ first_login_at: world.now() })

    expect(await standing(ada.contactId, orders.id)).to.equal('registered')
    expect(await standing(bea.contactId, orders.id)).to.equal('registered')
  })

  it('follows the login of a contact that signs in with another address, and the login of somebody else with its address', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', email: 'ada@private.example', portals: [orders] })
    await world.db('contacts').where({ id: ada.contactId }).update({ email: ADA, email_normalized: ADA })
    const twin = await aContact(world, 'Ada again', { email: 'Ada@Private.example' })

    expect(await standing(ada.contactId, orders.id)).to.equal('registered')
    expect(await standing(twin, orders.id)).to.equal('registered')
    expect(await standing(twin, 'own')).to.equal('not-invited')
  })

  it('is disabled with a disabled login, and not after the login was deleted', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [orders] })

    await world.db('portal_users').where({ id: ada.id }).update({ status: 'disabled' })
    expect(await standing(ada.contactId, orders.id)).to.equal('disabled')
    await world.db('portal_users').where({ id: ada.id }).update({ deleted_at: world.now() })

    expect(await standing(ada.contactId, orders.id)).to.equal('not-invited')
  })

  it('puts each contact in exactly one standing', async () => {
    await aContact(world, 'Cal')
    const ada = await aContact(world, 'Ada', { email: ADA })
    await anInvitation(world, ada, { email: ADA })
    await aPortalUser(world, { name: 'Bea', portals: [orders] })
    const dan = { companyId: null, contactType: 'client' as const, name: 'Dan', email: 'dan@customer.example' }
    const more = { phone: null, reference: null, notes: null }
    await world.db.transaction(trx => addContacts(trx, [{ ...dan, ...more }], world.now()))

    for (const choice of ['own', orders.id] as const) {
      const found = await Promise.all(
        STANDINGS.map(one => withStanding(world.db('contacts'), world.db, choice, [one], world.now()).pluck('id')),
      )
      expect(found.flat()).to.have.length(4)
    }
  })
})

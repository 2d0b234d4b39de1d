import { expect } from 'chai'
import { addPortals } from '../../../src/core/access/grants.ts'
import { changeContact } from '../../../src/core/contacts/changes.ts'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import type { ContactFields } from '../../../src/core/contacts/records.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { loginOfContact } from '../../../src/core/portal-users/queries.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import type { Staff } from '../../../src/core/actors.ts'
import { aContact, aPortal, aPortalUser, manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('At the very same moment', () => {
  let world: World
  let staff: Staff
  beforeEach(async () => {
    world = await aWorld()
    const rosa = await staffById(world.db, (await world.aStaff('Rosa Marsh')).id)
    if (!rosa) throw new Error('Rosa is not there')
    staff = rosa
  })
  afterEach(() => world.end())

  const fields = (more: Partial<ContactFields>): ContactFields => ({
    companyId: null,
    contactType: 'client',
    name: 'Ada Okafor',
    email: null,
    phone: null,
    reference: null,
    notes: null,
    ...more,
  })

  it('one of many edits of a contact is kept, and the others are told', async () => {
    const id = await aContact(world, 'Ada Okafor')

    const edits = await Promise.all(
      [1, 2, 3, 4].map(n => {
        const given = { fields: fields({ phone: String(n) }), newCompany: null }
        return changeContact(world.db, staff, id, 1, given, world.now())
      }),
    )

    expect(edits.filter(edit => edit.ok)).to.have.length(1)
    expect(edits.filter(edit => !edit.ok && edit.error === 'changed-meanwhile')).to.have.length(3)
  })

  it('pressing Save three times gives three times the same batch', async () => {
    await manyContacts(world, { count: 50, login: true })
    const orders = await aPortal(world, 'Orders')
    const selection = await selectMatching(world.db, staff, null, ALL_CONTACTS, world.now())
    const portalIds = [orders.id]
    const { mark: seen } = await planInvitations(world.db, selection, { by: 'add', portalIds }, world.now())
    const asked = { selection, portalIds, seen, formKey: 'one form', leftOut: { groups: [], contactIds: [] } }

    const presses = await Promise.all([1, 2, 3].map(() => addPortals(world.db, world.deps, staff, asked, world.now())))

    const batches = presses.map(press => (press.ok ? press.value : press.error.kind))
    expect(new Set(batches)).to.have.property('size', 1)
    expect(await world.db('batches').select('id')).to.deep.equal([{ id: batches[0] }])
  })

  it('a corrected address reaches the login, as long as nobody has made that their own', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor', email: 'ada@typo.example', own: false })
    const bea = await aPortalUser(world, { name: 'Bea Lund', email: 'bea@old.example' })

    for (const { contactId, name } of [ada, bea]) {
      const given = { fields: fields({ name, email: `${name.slice(0, 3)}@new.example` }), newCompany: null }
      await changeContact(world.db, staff, contactId, 1, given, world.now())
    }

    expect((await loginOfContact(world.db, ada.contactId))?.email).to.equal('Ada@new.example')
    expect((await loginOfContact(world.db, bea.contactId))?.email).to.equal('bea@old.example')
  })
})

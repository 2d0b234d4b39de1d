import { expect } from 'chai'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { inviteContacts } from '../../../src/core/invitations/bulk.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { aStaffActor } from '../../support/invitations.ts'
import { mostRows } from '../../support/most-rows.ts'
import { manyContacts } from '../../support/people.ts'
import { aWorld } from '../../support/world.ts'

const CONTACTS = 1300
const AT_ONCE = 500

describe('Inviting very many contacts', () => {
  it('holds five hundred of them at a time, with one line in the log for the invitations and one for the portals', async () => {
    const world = await aWorld()
    const staff = await aStaffActor(world)
    await manyContacts(world, { count: CONTACTS })
    const selection = await selectMatching(world.db, staff, null, ALL_CONTACTS, world.now())
    const most = mostRows(world)

    const { mark: seen } = await planInvitations(world.db, selection, { by: 'invite', choice: 'own' }, world.now())
    const request = { selection, seen, formKey: 'once', leftOut: { groups: [], contactIds: [] }, message: null }
    await inviteContacts(world.db, world.deps, staff, { ...request, choice: 'own' }, world.now())

    expect(most).to.deep.equal({ read: AT_ONCE, written: AT_ONCE })
    const mails = await world.db('emails').whereNotNull('invitation_id').count({ total: '*' })
    expect(mails).to.deep.equal([{ total: CONTACTS }])
    const actions = await world.db('audit_events').orderBy('id').pluck<string[]>('action')
    expect(actions.filter(action => /invit|opened/.test(action))).to.deep.equal(['portals.opened', 'contacts.invited'])
    await world.end()
  })
})

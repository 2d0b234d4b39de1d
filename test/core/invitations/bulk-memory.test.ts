import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { ALL_INVITATIONS } from '../../../src/core/invitations/find.ts'
import { countInvitations } from '../../../src/core/invitations/list.ts'
import { resendMany } from '../../../src/core/invitations/resend-many.ts'
import { planResend } from '../../../src/core/invitations/resend-plan.ts'
import { aStaffActor, inviteEverybody } from '../../support/invitations.ts'
import { mostRows } from '../../support/most-rows.ts'
import { manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const CONTACTS = 1300
const AT_ONCE = 500

describe('Inviting very many contacts', () => {
  let world: World
  let staff: Staff
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    await manyContacts(world, { count: CONTACTS })
  })
  afterEach(() => world.end())

  it('holds five hundred of them at a time, with one line in the log for the invitations and one for the portals', async () => {
    const most = mostRows(world)

    await inviteEverybody(world, staff, 'own')

    expect(most).to.deep.equal({ read: AT_ONCE, written: AT_ONCE })
    const mails = await world.db('emails').whereNotNull('invitation_id').count({ total: '*' })
    expect(mails).to.deep.equal([{ total: CONTACTS }])
    const actions = await world.db('audit_events').orderBy('id').pluck<string[]>('action')
    expect(actions.filter(action => /invit|opened/.test(action))).to.deep.equal(['portals.opened', 'contacts.invited'])
  })

  it('holds five hundred of them at a time, too, when all are sent again', async () => {
    await inviteEverybody(world, staff, 'own')
    const most = mostRows(world)

    const chosen = { filter: ALL_INVITATIONS }
    const { mark: seen } = await planResend(world.db, chosen, world.now())
    const sent = await resendMany(world.db, world.deps, staff, { chosen, seen, formKey: 'again' }, world.now())

    expect(sent.ok).to.equal(true)
    expect(most).to.deep.equal({ read: AT_ONCE, written: 2 * AT_ONCE }) // the older and the newer ones
    expect(await countInvitations(world.db, { ...ALL_INVITATIONS, state: 'superseded' }, world.now())).to.deep.equal({
      total: CONTACTS,
      more: false,
    })
  })
})

import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { register } from '../../../src/core/invitations/accept.ts'
import { resendInvitation } from '../../../src/core/invitations/renew.ts'
import { removeClientPortal } from '../../../src/core/portals/client-portals.ts'
import { engine } from '../../support/engine.ts'
import { anInvitation, aStaffActor } from '../../support/invitations.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aContact, OWN_PASSWORD } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const describeOnPostgres = engine === 'postgres' ? describe : () => undefined

describeOnPostgres('Removing the portal of a contact', () => {
  let world: World
  let staff: Staff
  let invited: { id: number; token: string; portalId: number }
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@okafor.example' })
    invited = await anInvitation(world, ada, { email: 'ada@okafor.example' }, staff)
  })
  afterEach(() => world.end())

  /** Begins something that stops before it writes to the table, then the removal, and lets both go on. */
  async function removeDuring<T>(begin: () => Promise<T>, table: string) {
    const gate = await world.db.transaction()
    await gate.raw('lock table ?? in share row exclusive mode', [table])
    const begun = begin()
    await untilWaiting(world, gate, 1)
    const removed = removeClientPortal(world.db, staff, invited.portalId, { documents: 'keep' }, world.now())
    await untilWaiting(world, gate, 2)
    await gate.commit()
    return Promise.all([begun, removed])
  }

  it('ends the access of somebody who registers at this moment', async () => {
    const form = { name: 'Ada', email: 'ada@okafor.example', password: OWN_PASSWORD, code: '', ip: null }

    const [registered, removed] = await removeDuring(
      () => register(world.db, world.deps, { ...form, token: invited.token }, world.now()),
      'portal_users',
    )

    expect([registered.ok, removed.ok]).to.deep.equal([true, true])
    expect(await world.db('portal_access').pluck('revoked_at'))
      .to.have.length(1)
      .and.not.include(null)
  })

  it('cancels an invitation that is sent again at this moment', async () => {
    const [resent, removed] = await removeDuring(
      () => resendInvitation(world.db, world.deps, staff, invited.id, world.now()),
      'emails',
    )

    expect([resent.ok, removed.ok]).to.deep.equal([true, true])
    expect(await world.db('invitations').where({ status: 'open' })).to.deep.equal([])
  })
})

import { expect } from 'chai'
import { giveAccess, takeAccess } from '../../../src/core/access/records.ts'
import { switchPortalUser } from '../../../src/core/portal-users/switch.ts'
import { deletePortalUsers } from '../../../src/core/portal-users/delete.ts'
import { aStaffActor, anInvitation } from '../../support/invitations.ts'
import { aContact, aPortalUser } from '../../support/people.ts'
import type { Staff } from '../../../src/core/actors.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('Invitations that customers have written', () => {
  let world: World
  let staff: Staff
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
  })
  afterEach(() => world.end())

  /** Ben has two portals of contacts and has invited somebody to each; the office has invited one more to the first. */
  async function benWhoInvites(): Promise<{ id: number; accessIds: number[] }> {
    const ben = await aPortalUser(world, { name: 'Ben Baker' })
    for (const name of ['Ada', 'Cal']) {
      const contact = await aContact(world, name)
      const { id, portalId } = await anInvitation(world, contact, { email: `${name}@acme.example` }, staff)
      const pair = { portalUserId: ben.id, portalId }
      await giveAccess(world.db, [pair], { source: 'staff', staff, batchId: null }, world.now())
      const byBen = { invited_by_staff_id: null, invited_by_portal_user_id: ben.id }
      await world.db('invitations').where({ id }).update(byBen)
      if (name === 'Ada') await anInvitation(world, contact, { email: 'office@acme.example' }, staff)
    }
    const accessIds = await world.db('portal_access').orderBy('id').pluck<number[]>('id')
    return { id: ben.id, accessIds }
  }

  const open = (): Promise<string[]> => world.db('invitations').where({ status: 'open' }).orderBy('id').pluck('email')

  it('are cancelled with the access to that portal, those of others and to others stay', async () => {
    const { accessIds } = await benWhoInvites()

    await world.db.transaction(trx => takeAccess(trx, accessIds.slice(0, 1), null, world.now()))

    expect(await open()).to.deep.equal(['office@acme.example', 'Cal@acme.example'])
    expect(await world.db('emails').where({ status: 'cancelled' }).pluck('to_email')).to.deep.equal([
      'Ada@acme.example',
    ])
  })

  it('are all cancelled when the writer is disabled, and stay so when enabled again', async () => {
    const { id } = await benWhoInvites()

    await switchPortalUser(world.db, staff, id, false, world.now())
    await switchPortalUser(world.db, staff, id, true, world.now())

    expect(await open()).to.deep.equal(['office@acme.example'])
  })

  it('are all cancelled when the writer is deleted', async () => {
    const { id } = await benWhoInvites()

    await deletePortalUsers(world.db, staff, { doomed: { id }, seen: 1, formKey: 'once' }, world.now())

    expect(await open()).to.deep.equal(['office@acme.example'])
  })
})

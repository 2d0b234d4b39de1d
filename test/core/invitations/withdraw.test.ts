import { expect } from 'chai'
import { giveAccess, takeAccess } from '../../../src/core/access/records.ts'
import { openInvitation } from '../../../src/core/invitations/link.ts'
import { resendInvitation } from '../../../src/core/invitations/renew.ts'
import { resendMany } from '../../../src/core/invitations/resend-many.ts'
import { planResend } from '../../../src/core/invitations/resend-plan.ts'
import { switchPortalUser } from '../../../src/core/portal-users/switch.ts'
import { deletePortalUsers } from '../../../src/core/portal-users/delete.ts'
import { aStaffActor, anInvitation, tokenOf } from '../../support/invitations.ts'
import { aContact, aPortal, aPortalUser } from '../../support/people.ts'
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

  it('are cancelled with a line in the log, and not when somebody else loses something', async () => {
    const { accessIds } = await benWhoInvites()
    const bob = await aPortalUser(world, { name: 'Bob', portals: [await aPortal(world, 'Orders')] })
    const [other = 0] = await world.db('portal_access').where({ portal_user_id: bob.id }).pluck<number[]>('id')
    await world.db('portal_access').whereIn('id', accessIds).update({ revoked_at: world.now() })

    await world.db.transaction(trx => takeAccess(trx, [other], null, world.now()))
    expect(await open()).to.have.length(3)
    await world.db.transaction(trx => takeAccess(trx, accessIds, null, world.now()))

    expect(await open()).to.deep.equal(['office@acme.example'])
    const [line, ...more] = await world
      .db('audit_events')
      .where({ action: 'invitations.cancelled' })
      .select<{ actor_type: string; data: string }[]>('actor_type', 'data')
    expect([line?.actor_type, more]).to.deep.equal(['system', []])
    expect(JSON.parse(line?.data ?? '')).to.deep.include({ emails: ['Ada@acme.example', 'Cal@acme.example'] })
  })

  for (const way of ['one', 'many'] as const)
    it(`come from the office when it sends ${way} of them again after the writer has lost the portal`, async () => {
      const { id: ben, accessIds } = await benWhoInvites()
      await world.db.transaction(trx => takeAccess(trx, accessIds.slice(0, 1), null, world.now()))
      const ids = await world.db('invitations').where({ invited_by_portal_user_id: ben }).orderBy('id').pluck('id')
      await world.db('portal_access').update({ can_invite_others: true })

      if (way === 'one') for (const id of ids) await resendInvitation(world.db, world.deps, staff, id, world.now())
      else {
        const { mark: seen } = await planResend(world.db, { ids }, world.now())
        const request = { chosen: { ids }, seen, formKey: 'once' }
        expect((await resendMany(world.db, world.deps, staff, request, world.now())).ok).to.equal(true)
      }

      const inviters = Object.fromEntries(
        (await world.db('invitations').where({ status: 'open' }).select()).map(row => [
          row.email,
          [row.invited_by_staff_id, row.invited_by_portal_user_id],
        ]),
      )
      expect(inviters['Ada@acme.example']).to.deep.equal([staff.id, null])
      expect(inviters['Cal@acme.example']).to.deep.equal([null, ben])
      const newest = await world.db('invitations').where({ status: 'open', email: 'Ada@acme.example' }).first('id')
      expect((await openInvitation(world.db, await tokenOf(world, newest.id), world.now())).ok).to.equal(true)
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

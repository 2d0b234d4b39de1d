import { expect } from 'chai'
import type { Permissions } from '../../src/core/access/permissions.ts'
import { system, type PortalUser, type Staff } from '../../src/core/actors.ts'
import { deletePortalUsers } from '../../src/core/portal-users/delete.ts'
import { portalOf, portalsOf } from '../../src/core/portal-users/own-portals.ts'
import { portalUserById } from '../../src/core/portal-users/sign-in.ts'
import { holderCounts, roleIdsOf, setRoles } from '../../src/core/roles/holders.ts'
import { addRole, changeRole, deleteRole, role, roles } from '../../src/core/roles/roles.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import { aPortal, aPortalUser } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const NOTHING: Permissions = { canInviteOthers: false, canViewDetails: false, canViewDocuments: false }

describe('The roles of a portal user', () => {
  let world: World
  let ada: PortalUser
  beforeEach(async () => {
    world = await aWorld()
    const portals = [await aPortal(world, 'Orders'), await aPortal(world, 'Works')]
    const { id } = await aPortalUser(world, { name: 'Ada', portals })
    ada = (await portalUserById(world.db, id)) as PortalUser
    await world.db('portal_access').where({ portal_id: portals[1]?.id }).update({ can_invite_others: true })
  })
  afterEach(() => world.end())

  async function aRole(name: string, permissions: Partial<Permissions> = {}): Promise<number> {
    const added = await addRole(world.db, system, { name, ...NOTHING, ...permissions }, world.now())
    return added.ok ? added.value : 0
  }

  async function give(...roleIds: number[]): Promise<void> {
    await world.db.transaction(trx => setRoles(trx, [{ portalUserId: ada.id, roleIds }]))
  }

  /** "Orders: details documents" and so on, as the portal reads it. */
  async function allowed(): Promise<string[]> {
    const own = await portalsOf(world.db, ada, world.now())
    return own.map(({ name, canInviteOthers, canViewDetails, canViewDocuments }) =>
      [name, canInviteOthers && 'invite', canViewDetails && 'details', canViewDocuments && 'documents']
        .filter(Boolean)
        .join(' '),
    )
  }

  it('leave it to the ticks of each access while there are none', async () => {
    await aRole('Held by nobody', { canInviteOthers: true })

    expect(await allowed()).to.deep.equal(['Orders details documents', 'Works invite details documents'])
  })

  it('decide for every portal what any of them allows, and nothing else', async () => {
    await give(await aRole('Inviter', { canInviteOthers: true }), await aRole('Reader', { canViewDocuments: true }))

    expect(await allowed()).to.deep.equal(['Orders invite documents', 'Works invite documents'])
    expect(await portalOf(world.db, ada, 'orders', world.now())).to.include({
      canInviteOthers: true,
      canViewDetails: false,
      canViewDocuments: true,
    })
  })

  it('allow nothing when they allow nothing', async () => {
    await give(await aRole('Onlooker'))

    expect(await allowed()).to.deep.equal(['Orders', 'Works'])
  })

  it('are not those of somebody else', async () => {
    const bea = await aPortalUser(world, { name: 'Bea' })
    const wanted = [{ portalUserId: bea.id, roleIds: [await aRole('Onlooker')] }]
    await world.db.transaction(trx => setRoles(trx, wanted))

    expect(await allowed()).to.deep.equal(['Orders details documents', 'Works invite details documents'])
  })

  it('count as they are at the next request: changed, taken away, deleted', async () => {
    const reader = await aRole('Reader', { canViewDocuments: true })
    const inviter = await aRole('Inviter', { canInviteOthers: true })
    await give(reader, inviter)
    const seen = (await role(world.db, reader))?.updatedAt ?? 0
    const fields = { name: 'Reader', ...NOTHING, canViewDetails: true }
    await changeRole(world.db, system, { id: reader, seen }, fields, world.now())
    expect(await allowed()).to.deep.equal(['Orders invite details', 'Works invite details'])

    await give(reader)
    expect(await allowed()).to.deep.equal(['Orders details', 'Works details'])

    await deleteRole(world.db, system, { id: reader, seen: 1 }, world.now())
    expect(await allowed()).to.deep.equal(['Orders details documents', 'Works invite details documents'])
  })

  it('are set together; a role that is gone is left out, and what is so already is no change', async () => {
    const [reader, inviter] = [await aRole('Reader'), await aRole('Inviter')]
    const set = (...roleIds: number[]): Promise<number[]> =>
      world.db.transaction(trx => setRoles(trx, [{ portalUserId: ada.id, roleIds }]))

    expect(await set(reader, 999, reader)).to.deep.equal([ada.id])
    expect(await set(reader)).to.deep.equal([])
    expect(await set(inviter, reader)).to.deep.equal([ada.id])
    expect((await roleIdsOf(world.db, [ada.id])).get(ada.id)).to.deep.equal([reader, inviter])
  })

  it('are given or deleted when both are asked at one moment, and never half of it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const reader = await aRole(`Reader ${String(round)}`)

      await Promise.all([give(reader), deleteRole(world.db, system, { id: reader, seen: 0 }, world.now())])

      const there = (await role(world.db, reader)) !== null
      const held = (await roleIdsOf(world.db, [ada.id])).get(ada.id) ?? []
      expect(held.includes(reader)).to.equal(there)
    }
  })

  it('go with a portal user who is deleted', async () => {
    const reader = await aRole('Reader')
    await give(reader)
    const rosa = await world.aStaff('Rosa Marsh')
    const staff = (await staffById(world.db, rosa.id)) as Staff
    const request = { doomed: { id: ada.id }, seen: 1, formKey: 'k' }
    expect(await holderCounts(world.db)).to.deep.equal(new Map([[reader, 1]]))

    await deletePortalUsers(world.db, staff, request, world.now())

    expect(await holderCounts(world.db)).to.deep.equal(new Map())
    expect(await world.db('portal_user_roles').select('role_id')).to.deep.equal([])
  })

  it('are not deleted when more people hold them than was said, and leave one line in the log when they are', async () => {
    const reader = await aRole('Reader')
    await give(reader)

    const early = await deleteRole(world.db, system, { id: reader, seen: 0 }, world.now())
    const late = await deleteRole(world.db, system, { id: reader, seen: 1 }, world.now())
    const again = await deleteRole(world.db, system, { id: reader, seen: 1 }, world.now())

    expect(early).to.deep.equal({ ok: false, error: { holders: 1 } })
    expect(late.ok).to.equal(true)
    expect(again).to.deep.equal({ ok: false, error: 'not-found' })
    expect(await roles(world.db)).to.deep.equal([])
    expect(
      await world.db('audit_events').where('action', 'like', 'role.%').orderBy('id').pluck('action'),
    ).to.deep.equal(['role.added', 'role.deleted'])
  })
})

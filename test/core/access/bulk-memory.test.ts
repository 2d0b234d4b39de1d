import { expect } from 'chai'
import { addPortals, removePortals } from '../../../src/core/access/grants.ts'
import { planRemoval } from '../../../src/core/access/plan.ts'
import { planUndo, undoPortalChange } from '../../../src/core/access/undo.ts'
import type { Staff } from '../../../src/core/actors.ts'
import { portalBatch } from '../../../src/core/batches/batches.ts'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { aStaffActor } from '../../support/invitations.ts'
import { mostRows } from '../../support/most-rows.ts'
import { aPortal, manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const CONTACTS = 600

/** Of a plan or a batch no more comes out of the database than its groups. */
const A_FEW = 20

describe('Portals of very many contacts', () => {
  let world: World
  let staff: Staff
  let portalIds: number[]
  before(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    portalIds = [(await aPortal(world, 'Orders')).id, (await aPortal(world, 'Documents')).id]
    await manyContacts(world, { count: CONTACTS, login: true })
  })
  after(() => world.end())

  it('are given and taken, and both undone, without a list of anybody in memory', async () => {
    const most = mostRows(world)
    const selection = await selectMatching(world.db, staff, null, ALL_CONTACTS, world.now())

    const given = await undone(await give(selection))
    await give(selection, 'again')
    const taken = await undone(await take(selection))

    expect(given).to.deep.equal({ putBack: CONTACTS * 2, kept: 0, cancelled: 0 })
    expect(taken).to.deep.equal(given)
    expect(most.written).to.equal(0)
    expect(most.read).to.be.at.most(A_FEW)
    const actions = await world.db('audit_events').orderBy('id').pluck<string[]>('action')
    expect(actions.slice(-5)).to.deep.equal([
      'portals.granted',
      'batch.undone',
      'portals.granted',
      'portals.removed',
      'batch.undone',
    ])
  })

  async function give(selection: string, formKey = 'once'): Promise<number> {
    const { mark: seen } = await planInvitations(world.db, selection, { by: 'add', portalIds }, world.now())
    const leftOut = { groups: [], contactIds: [] }
    const request = { selection, portalIds, seen, formKey, leftOut }
    const done = await addPortals(world.db, world.deps, staff, request, world.now())
    return done.ok ? done.value : 0
  }

  async function take(selection: string): Promise<number> {
    const seen = await planRemoval(world.db, selection, portalIds)
    const done = await removePortals(world.db, staff, { selection, portalIds, seen, formKey: 'taken' }, world.now())
    return done.ok ? done.value : 0
  }

  async function undone(batchId: number): Promise<unknown> {
    const batch = await portalBatch(world.db, batchId)
    const plan = batch && (await planUndo(world.db, batch))
    const done = await undoPortalChange(world.db, staff, batchId, world.now())
    expect(done).to.deep.equal({ ok: true, value: plan })
    return plan
  }
})

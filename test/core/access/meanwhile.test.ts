import { expect } from 'chai'
import { addPortals, removePortals } from '../../../src/core/access/grants.ts'
import { planRemoval } from '../../../src/core/access/plan.ts'
import { undoPortalChange } from '../../../src/core/access/undo.ts'
import type { Staff } from '../../../src/core/actors.ts'
import { portalBatch } from '../../../src/core/batches/batches.ts'
import { archiveContact } from '../../../src/core/contacts/changes.ts'
import { mergeTicks } from '../../../src/core/contacts/selection.ts'
import { inviteContacts } from '../../../src/core/invitations/bulk.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { deletePortalUsers } from '../../../src/core/portal-users/delete.ts'
import { mergePortalUserTicks } from '../../../src/core/portal-users/selection.ts'
import { changeProductAccess } from '../../../src/core/products/access.ts'
import { planProducts } from '../../../src/core/products/plan.ts'
import type { Result } from '../../../src/core/result.ts'
import { isPostgres } from '../../../src/db/index.ts'
import { aStaffActor } from '../../support/invitations.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aPortal, manyContacts } from '../../support/people.ts'
import { aProduct } from '../../support/products.ts'
import { aWorld, type World } from '../../support/world.ts'

/** A thousand in `npm run test:faults`. */
const CONTACTS = Number(process.env.FAULT_CONTACTS ?? 100)

/** What can be begun while somebody else is half-way with something; the answer is its batch. */
type Work = () => Promise<Result<number, unknown>>

const LEFT_OUT = { groups: [], contactIds: [] }
const isBatch = (sql: string): boolean => /^(insert into|update) .batches/.test(sql)

describe('While somebody else is at the same contacts', function () {
  this.timeout(30_000)
  let world: World
  let rosa: Staff
  let omar: Staff
  let contacts: number[]
  let portalIds: number[]
  beforeEach(async () => {
    world = await aWorld()
    rosa = await aStaffActor(world, 'Rosa Marsh')
    omar = await aStaffActor(world, 'Omar Other')
    portalIds = [(await aPortal(world, 'Orders')).id]
    contacts = await manyContacts(world, { count: CONTACTS, login: true })
  })
  afterEach(() => world.end())

  it('giving portals gives none to a login that is deleted, and every line is as it is', async () => {
    const [given, deleted] = await meeting(await giving(), await deleting())

    expect([given.ok, deleted.ok]).to.deep.equal([true, true])
    expect(await accessOfNobody()).to.equal(0)
    expect(await linesOf('granted', given.ok ? given.value : 0)).to.equal(CONTACTS)
    expect(await live()).to.equal(CONTACTS / 2)
  })

  it('giving portals says that logins are gone when they were deleted first, and gives nothing', async () => {
    const [deleted, given] = await meeting(await deleting(), await giving())

    expect([deleted.ok, given.ok || given.error.kind]).to.deep.equal([true, 'changed-meanwhile'])
    expect(await world.db('portal_access')).to.deep.equal([])
    expect(await world.db('batches').pluck('kind')).to.deep.equal(['delete'])
  })

  it('deleting them twice with one press after the other deletes them once, and both say so', async () => {
    const work = await deleting()
    const both = await Promise.all([work(), work()])

    expect(both.map(({ ok }) => ok)).to.deep.equal([true, true])
    expect(await world.db('batches').pluck('kind')).to.deep.equal(['delete'])
    expect(await world.db('portal_users').whereNull('deleted_at')).to.have.length(CONTACTS / 2)
  })

  for (const [what, work, outcome, table] of [
    ['giving portals', giving, 'granted', 'portal_access'],
    ['taking portals', taking, 'revoked', 'portal_access'],
    ['giving products', givingProducts, 'granted', 'product_access'],
  ] as [string, () => Promise<Work>, string, string][])
    it(`${what} leaves a line of each contact that it was done to, archived since or not`, async () => {
      const [done] = await meeting(await work(), archiving(), table)

      expect(done.ok).to.equal(true)
      expect(await linesOf(outcome, done.ok ? done.value : 0)).to.equal(CONTACTS)
      expect(await world.db('contacts').whereNotNull('archived_at')).to.have.length(5)
    })

  for (const [what, work, left] of [
    ['given', giving, 0],
    ['taken', taking, CONTACTS / 2],
  ] as const)
    it(`undoing what was ${what} gives no access to a login that is deleted, and counts what is kept`, async () => {
      const done = await (await work())()
      const batchId = done.ok ? done.value : 0
      const undoing = () => undoPortalChange(world.db, rosa, batchId, world.now())

      const [undone, deleted] = await meeting(undoing, await deleting())

      expect(deleted.ok).to.equal(true)
      expect(undone).to.deep.equal({ ok: true, value: { putBack: CONTACTS, kept: 0, cancelled: 0 } })
      expect(await accessOfNobody()).to.equal(0)
      expect(await live()).to.equal(left)
      expect((await portalBatch(world.db, batchId))?.undoneAt).to.be.a('number')
    })

  it('inviting some of them leaves one invitation a person, and those who were late can do the rest', async () => {
    const [first, second] = await meeting(
      await inviting(rosa, contacts.slice(0, CONTACTS * 0.6)),
      await inviting(omar, contacts.slice(CONTACTS * 0.4)),
      'invitations',
    )
    const again = await (await inviting(omar, contacts.slice(CONTACTS * 0.4)))()

    expect([first.ok, second.ok || second.error.kind, again.ok]).to.deep.equal([true, 'changed-meanwhile', true])
    expect(await world.db('invitations').where({ status: 'open' }).distinct('contact_id')).to.have.length(CONTACTS)
    expect(await world.db('invitations')).to.have.length(CONTACTS)
    expect(await linesOf('already', again.ok ? again.value : 0)).to.equal(CONTACTS / 5)
  })

  /**
   * Begins the one, and the other while it is half-way, where two can be at it at once; on SQLite one after the other has its
   * turn.
   */
  async function meeting<A, B>(first: () => Promise<A>, second: () => Promise<B>, table = 'portal_access') {
    if (!isPostgres(world.db)) {
      const atWork = new Promise<void>(resolve => world.db.on('query', ({ sql }) => isBatch(sql) && resolve()))
      const begun = first()
      await atWork
      return Promise.all([begun, second()])
    }
    const gate = await world.db.transaction()
    await gate.raw('lock table ?? in share row exclusive mode', [table])
    const begun = first()
    await untilWaiting(world, gate, 1)
    const other = second()
    await Promise.race([other, untilWaiting(world, gate, 2)])
    await gate.commit()
    return Promise.all([begun, other])
  }

  const selected = (staff: Staff, ids: number[]): Promise<string> =>
    mergeTicks(world.db, staff, null, { shown: [], ticked: ids }, world.now())

  async function giving() {
    const selection = await selected(rosa, contacts)
    const { mark: seen } = await planInvitations(world.db, selection, { by: 'add', portalIds }, world.now())
    const request = { selection, portalIds, seen, formKey: 'given', leftOut: LEFT_OUT }
    return () => addPortals(world.db, world.deps, rosa, request, world.now())
  }

  async function taking() {
    await (
      await giving()
    )()
    const selection = await selected(rosa, contacts)
    const seen = await planRemoval(world.db, selection, portalIds)
    return () => removePortals(world.db, rosa, { selection, portalIds, seen, formKey: 'taken' }, world.now())
  }

  async function givingProducts() {
    const change = { action: 'add' as const, productIds: [await aProduct(world, 'Crane')] }
    const selection = await selected(rosa, contacts)
    const seen = await planProducts(world.db, selection, change)
    return () => changeProductAccess(world.db, rosa, { selection, change, seen, formKey: 'products' }, world.now())
  }

  async function inviting(staff: Staff, ids: number[]) {
    const selection = await selected(staff, ids)
    const target = { by: 'invite' as const, choice: 'own' as const }
    const { mark: seen } = await planInvitations(world.db, selection, target, world.now())
    const request = { selection, choice: 'own' as const, seen, formKey: selection, leftOut: LEFT_OUT, message: null }
    return () => inviteContacts(world.db, world.deps, staff, request, world.now())
  }

  /** Of every second login. */
  async function deleting() {
    const ids = await world.db('portal_users').orderBy('id').pluck<number[]>('id')
    const ticked = ids.filter((_, index) => index % 2 === 0)
    const selection = (await mergePortalUserTicks(world.db, omar, null, { shown: [], ticked }, world.now())) ?? ''
    const request = { doomed: { selection }, seen: CONTACTS / 2, formKey: 'deleted' }
    return () => deletePortalUsers(world.db, omar, request, world.now())
  }

  function archiving() {
    const some = contacts.slice(CONTACTS / 2, CONTACTS / 2 + 5)
    return () => Promise.all(some.map(id => archiveContact(world.db, omar, id, true, world.now())))
  }

  const accessOfNobody = async (): Promise<number> =>
    (
      await world
        .db('portal_access')
        .join('portal_users', 'portal_users.id', 'portal_user_id')
        .whereNull('revoked_at')
        .whereNotNull('deleted_at')
        .select('portal_access.id')
    ).length

  const linesOf = async (outcome: string, batchId: number): Promise<number> =>
    (await world.db('batch_items').where({ batch_id: batchId, outcome }).distinct('subject_id')).length

  const live = async (): Promise<number> => (await world.db('portal_access').whereNull('revoked_at')).length
})

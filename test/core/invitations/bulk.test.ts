import { expect } from 'chai'
import { addPortals } from '../../../src/core/access/grants.ts'
import { undoPortalChange } from '../../../src/core/access/undo.ts'
import type { Staff } from '../../../src/core/actors.ts'
import { portalBatch } from '../../../src/core/batches/batches.ts'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { inviteContacts, type BulkInvitation } from '../../../src/core/invitations/bulk.ts'
import { cancelInvitation } from '../../../src/core/invitations/change.ts'
import { openInvitation } from '../../../src/core/invitations/link.ts'
import { contactsOfGroup, planInvitations, type Plan } from '../../../src/core/invitations/plan.ts'
import type { PlanGroup, Target } from '../../../src/core/invitations/plan-groups.ts'
import type { PortalChoice } from '../../../src/core/invitations/standing.ts'
import { engine } from '../../support/engine.ts'
import { aStaffActor, anInvitation, mailTaken, tokenOf } from '../../support/invitations.ts'
import { aContact, aPortal, aPortalUser, manyContacts, portalsOf, type SomePortal } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const WEEK_MS = 7 * 86_400_000

describe('Inviting many contacts at once', function () {
  this.timeout(30_000)
  let world: World
  let staff: Staff
  let orders: SomePortal
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world, 'Rosa Marsh')
    orders = await aPortal(world, 'Orders')
  })
  afterEach(() => world.end())

  const everybody = (): Promise<string> => selectMatching(world.db, staff, null, ALL_CONTACTS, world.now())

  async function asked(target: Target, more: Partial<BulkInvitation> = {}): Promise<BulkInvitation> {
    const selection = await everybody()
    const { mark: seen } = await planInvitations(world.db, selection, target, world.now())
    const leftOut = { groups: [], contactIds: [] }
    return { selection, seen, formKey: `${selection} ${seen}`, leftOut, message: null, ...more }
  }

  async function invite(choice: PortalChoice, more: Partial<BulkInvitation> = {}) {
    const request = { ...(await asked({ by: 'invite', choice }, more)), choice }
    return inviteContacts(world.db, world.deps, staff, request, world.now())
  }

  async function add(more: Partial<BulkInvitation> = {}) {
    const portalIds = [orders.id]
    const request = { ...(await asked({ by: 'add', portalIds }, more)), portalIds }
    return addPortals(world.db, world.deps, staff, request, world.now())
  }

  const kindOf = (done: Awaited<ReturnType<typeof invite>>): string => (done.ok ? 'done' : done.error.kind)
  const outcomes = async (batchId: number): Promise<Record<string, string>> => {
    const rows = await world
      .db('batch_items')
      .join('contacts', 'contacts.id', 'subject_id')
      .where({ batch_id: batchId })
      .select<{ name: string; outcome: string; reason: string }[]>('name', 'outcome', 'reason')
    return Object.fromEntries(rows.map(row => [row.name, `${row.outcome}: ${row.reason}`]))
  }

  /** One contact for each group there is. */
  async function oneOfEach(): Promise<void> {
    await aPortalUser(world, { name: 'Ada' })
    await aContact(world, 'Bea', { email: 'bea@customer.example' })
    await aContact(world, 'Cal', { email: 'cal@customer.example' })
    await aPortalUser(world, { name: 'Dan', portals: [orders] })
    await aContact(world, 'Eve', { email: 'BEA@customer.example' })
    await aContact(world, 'Finn')
    await aContact(world, 'Gus', { email: 'gus at home' })
    const hal = await aPortalUser(world, { name: 'Hal' })
    await world.db('portal_users').where({ id: hal.id }).update({ status: 'disabled', contact_id: null })
    await openTo('Cal', 'cal@customer.example')
  }

  /** An invitation to the shared portal that waits. */
  async function openTo(name: string, email: string): Promise<void> {
    const elsewhere = await aContact(world, `${name} elsewhere`)
    const { id } = await anInvitation(world, elsewhere, { email })
    await world.db('invitations').where({ id }).update({ portal_id: orders.id })
    await world.db('contacts').where({ id: elsewhere }).update({ archived_at: world.now() })
  }

  const GROUPS: Record<PlanGroup, string> = {
    'access-now': 'Ada',
    invite: 'Bea',
    invited: 'Cal',
    'has-access': 'Dan',
    'shares-email': 'Eve',
    'no-email': 'Finn',
    'not-an-address': 'Gus',
    disabled: 'Hal',
  }

  it('plans each contact of a mixed selection into exactly one group, and names who shares an address', async () => {
    await oneOfEach()
    const selection = await everybody()
    const target = { by: 'add' as const, portalIds: [orders.id] }

    const plan: Plan = await planInvitations(world.db, selection, target, world.now())

    expect(plan.selected).to.equal(8)
    for (const [group, name] of Object.entries(GROUPS)) {
      const which = { group: group as PlanGroup, limit: 10 }
      const contacts = await contactsOfGroup(world.db, selection, target, which, world.now())
      expect(
        contacts.map(contact => contact.name),
        group,
      ).to.deep.equal([name])
      if (group === 'shares-email') expect(contacts[0]?.leader).to.equal('Bea')
    }
  })

  it('does all of a mixed plan in one batch, and nothing the second time', async () => {
    await oneOfEach()

    const done = await add()
    const again = await add()

    expect(await outcomes(done.ok ? done.value : 0)).to.deep.equal({
      Ada: 'granted: access-now',
      Bea: 'invited: invite',
      Cal: 'already: invited',
      Dan: 'already: has-access',
      Eve: 'skipped: shares-email',
      Finn: 'skipped: no-email',
      Gus: 'skipped: not-an-address',
      Hal: 'skipped: disabled',
    })
    expect(kindOf(again)).to.equal('nothing-to-do')
    expect(await world.db('invitations').where({ portal_id: orders.id }).select('id')).to.have.length(2)
  })

  it('leaves out the contacts and the groups that were unticked', async () => {
    await oneOfEach()
    const [bea] = await world.db('contacts').where({ name: 'Bea' }).select<{ id: number }[]>('id')

    const all = await add({ formKey: 'all', leftOut: { groups: ['access-now', 'invite'], contactIds: [] } })
    const done = await add({ formKey: 'one', leftOut: { groups: [], contactIds: [bea?.id ?? 0] } })

    expect(kindOf(all)).to.equal('nothing-to-do')
    expect(await outcomes(done.ok ? done.value : 0)).to.include({
      Ada: 'granted: access-now',
      Bea: 'skipped: left-out',
    })
  })

  it('invites to several portals only where somebody was not invited, with an audit line and the portals named in it', async () => {
    await aContact(world, 'Bea', { email: 'bea@customer.example' })
    await openTo('Bea', 'bea@customer.example')
    const documents = await aPortal(world, 'Documents')
    const portalIds = [orders.id, documents.id]

    const request = { ...(await asked({ by: 'add', portalIds })), portalIds }
    const done = await addPortals(world.db, world.deps, staff, request, world.now())

    const written = await world
      .db('invitations')
      .where({ batch_id: done.ok ? done.value : 0 })
      .pluck('portal_id')
    expect(written).to.deep.equal([documents.id])
    const audit = await world.db('audit_events').where({ action: 'portals.granted' }).first<{ data: string }>('data')
    expect(JSON.parse(audit.data)).to.include({ invitations: 1, invite: 1, selected: 1 })
  })

  it('gives each contact its own portal and a mail that is queued, also where contacts share an address', async () => {
    await aContact(world, 'Ada', { email: 'both@customer.example' })
    await aContact(world, 'Bea', { email: 'both@customer.example' })

    const done = await invite('own', { message: 'We have moved' })

    expect(kindOf(done)).to.equal('done')
    const portals = await world.db('portals').where({ kind: 'contact' }).orderBy('name').select('name', 'activated_at')
    expect(portals.map((portal: { name: string }) => portal.name)).to.deep.equal(['Ada', 'Bea'])
    expect(await world.db('emails').pluck('status')).to.deep.equal(['queued', 'queued'])
    const id = (await world.db('invitations').min({ id: 'id' }))[0]?.id as number
    const opened = await openInvitation(world.db, await tokenOf(world, id), world.now())
    expect(opened.ok && opened.value.message).to.equal('We have moved')
  })

  it('invites nobody a second time, and those whose invitation expired or was cancelled again', async () => {
    const [ada = 0, bea = 0] = await manyContacts(world, { count: 3 })
    await invite('own')
    expect(kindOf(await invite('own', { formKey: 'again' }))).to.equal('nothing-to-do')
    const ids = await world.db('invitations').whereIn('contact_id', [ada, bea]).orderBy('contact_id').pluck('id')
    await mailTaken(world, ids[0] as number)
    world.later(WEEK_MS)
    await cancelInvitation(world.db, staff, ids[1] as number, world.now())

    const done = await invite('own')

    expect(Object.values(await outcomes(done.ok ? done.value : 0))).to.have.members([
      'invited: invite',
      'invited: invite',
      'already: invited',
    ])
    const older = await world
      .db('invitations')
      .where({ id: ids[0] as number })
      .first('status', 'superseded_by_id')
    expect(older.status).to.equal('superseded')
    expect(older.superseded_by_id).to.be.a('number')
    const open = await world.db('invitations').where({ status: 'open' }).pluck('contact_id')
    expect(open).to.have.length(3)
  })

  it('writes one invitation an address, however many press at the same moment', async () => {
    await manyContacts(world, { count: 20 })
    const other = await aStaffActor(world, 'Omar Other')
    const choice = orders.id
    const mine = { ...(await asked({ by: 'invite', choice })), choice }
    const selection = await selectMatching(world.db, other, null, ALL_CONTACTS, world.now())
    const theirs = { ...mine, selection, formKey: 'theirs' }

    const both = await Promise.all([
      inviteContacts(world.db, world.deps, staff, mine, world.now()),
      inviteContacts(world.db, world.deps, other, theirs, world.now()),
      inviteContacts(world.db, world.deps, staff, mine, world.now()),
    ])

    expect(await world.db('invitations').select('id')).to.have.length(20)
    const kinds = both.map(kindOf)
    expect(kinds.filter(kind => kind === 'done').length).to.be.within(1, 2)
    expect(kinds[0]).to.equal(kinds[2])
    expect(kinds).to.include('changed-meanwhile')
  })

  it('is undone: access is taken back, invitations that wait are cancelled, accepted ones stay', async () => {
    const ada = await aPortalUser(world, { name: 'Ada' })
    await aContact(world, 'Bea', { email: 'bea@customer.example' })
    await aContact(world, 'Cal', { email: 'cal@customer.example' })
    const done = await add()
    const batchId = done.ok ? done.value : 0
    await world.db('invitations').where({ email: 'cal@customer.example' }).update({ status: 'accepted' })

    const undone = await undoPortalChange(world.db, staff, batchId, world.now())

    expect(undone).to.deep.equal({ ok: true, value: { putBack: 1, kept: 1, cancelled: 1 } })
    expect(await portalsOf(world, ada.contactId)).to.deep.equal([])
    expect(await world.db('invitations').orderBy('id').pluck('status')).to.have.members(['cancelled', 'accepted'])
    expect((await portalBatch(world.db, batchId))?.undoneAt).to.be.a('number')
  })

  it('plans and queues ten thousand in one go, who all have logins to be looked at', async () => {
    const people = engine === 'sqlite' ? 10_000 : 2000
    await manyContacts(world, { count: people, login: true })

    const done = await invite('own')

    expect(kindOf(done)).to.equal('done')
    const [queued] = await world.db('emails').where({ status: 'queued' }).count<{ mails: number }[]>({ mails: '*' })
    expect(queued?.mails).to.equal(people)
    expect(kindOf(await invite('own', { formKey: 'again' }))).to.equal('nothing-to-do')
  })
})

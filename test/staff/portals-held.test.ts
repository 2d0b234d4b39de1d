import { expect } from 'chai'
import { system, type Staff } from '../../src/core/actors.ts'
import { ALL_CONTACTS } from '../../src/core/contacts/filter.ts'
import { selectMatching } from '../../src/core/contacts/selection.ts'
import { tidyUp } from '../../src/core/housekeeping.ts'
import { inviteContacts } from '../../src/core/invitations/bulk.ts'
import { openInvitation } from '../../src/core/invitations/link.ts'
import { planInvitations } from '../../src/core/invitations/plan.ts'
import { switchPortal } from '../../src/core/portals/portals.ts'
import { changePortalSettings } from '../../src/core/settings/portal-settings.ts'
import type { Browser } from '../support/browser.ts'
import { idle, mailedLink, newestMail } from '../support/inbox.ts'
import { aStaffActor, tokenOf } from '../support/invitations.ts'
import { aCompany, aContact, aPortal, signInToPortal, type SomePortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const DAY = 86_400_000
const JANE = 'jane@acme.example'
const TYPED = 'harbour-0417'
const RENEWED =
  '1 invitation for Orders waited until its temporary password or link expired: it gets a new one and is queued in a moment.'

describe('Mail that waits for a portal', () => {
  let world: World
  let staff: Staff
  let orders: SomePortal
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    await aCompany(world, 'Acme')
    orders = await aPortal(world, 'Orders')
    await switchPortal(world.db, system, orders.id, false, world.now())
  })
  afterEach(() => world.end())

  async function add(email: string): Promise<void> {
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/portal-users/new')
    admin.fill('Company', 'Acme')
    admin.fill('Company email', email)
    if (admin.text.includes('Enter Password')) admin.fill('Enter Password', TYPED)
    admin.tick('Orders (disabled)')
    await admin.press('Save')
  }

  /** The portal is enabled after so many days; an administrator looks at Settings → Portals. */
  async function enabledAfter(days: number): Promise<Browser> {
    world.later(days * DAY)
    await tidyUp(world.db, world.config, world.now())
    await switchPortal(world.db, system, orders.id, true, world.now())
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/portals')
    return admin
  }

  const statuses = (): Promise<string[]> => world.db('emails').orderBy('id').pluck<string[]>('status')

  it('is wiped when its temporary password expires, and sent with a new one', async () => {
    await add(JANE)
    const admin = await enabledAfter(8)
    expect(await world.db('emails').first('status', 'body')).to.deep.equal({ status: 'held', body: null })
    expect(admin.text).to.include('1 of them gets a new temporary password or link, as the old one has expired')

    await admin.press('Send 1 held invitation for Orders')

    expect(admin.text).to.include(RENEWED)
    const [, password = ''] = /Temporary password:\n(\S+)/.exec(await newestMail(world)) ?? []
    expect(await statuses()).to.deep.equal(['cancelled', 'queued'])
    expect((await world.db('emails').orderBy('id', 'desc').first()).masked_text).to.include('••••')
    const jane = world.browser()
    await signInToPortal(jane, JANE, TYPED)
    expect(jane.errors()).to.have.length(1)
    await signInToPortal(jane, JANE, password)
    expect(jane.h1).to.equal('Choose your own password')
  })

  it('is sent with a new link when the office has decided for links', async () => {
    await changePortalSettings(world.db, staff, { credentials: 'link' }, world.now())
    await add(JANE)
    const admin = await enabledAfter(8)

    await admin.press('Send 1 held invitation for Orders')

    expect(admin.text).to.include(RENEWED)
    const jane = world.browser()
    await jane.open(await mailedLink(world))
    expect([jane.status, jane.h1]).to.deep.equal([200, 'Choose your own password'])
  })

  it('is renewed once, however often it is asked for, while what is still good goes out as it is', async () => {
    await add(JANE)
    world.later(4 * DAY)
    await add('joe@acme.example')
    const admin = await enabledAfter(4)
    const other = await world.signedInStaff('admin')
    await other.open('/staff/portals')

    await Promise.all([admin, other].map(browser => browser.press('Send 2 held invitations for Orders')))
    await idle(world)
    await admin.post(`/staff/portals/${String(orders.id)}/held-mail`, {})

    expect(admin.text).to.include('No invitation waits for Orders any more.')
    expect(await statuses()).to.deep.equal(['cancelled', 'queued', 'queued'])
    expect(await world.db('emails').where({ status: 'queued' }).orderBy('id').pluck('to_email')).to.deep.equal([
      'joe@acme.example',
      JANE,
    ])
    expect(await world.db('audit_events').where({ action: 'portal-user.details-resent' })).to.have.length(1)
    await admin.open('/staff/portals')
    expect(admin.text).not.to.include('held invitation')
  })

  it('says in the outbox that its password has expired', async () => {
    await add(JANE)
    world.later(8 * DAY)
    const admin = await world.signedInStaff('admin')

    await admin.open('/staff/emails')

    expect(admin.tableRows()[0]?.[2]).to.equal('Held: the password or link in it has expired')
  })

  it('is given up when the person has chosen a password by other means', async () => {
    await add(JANE)
    await world.db('portal_users').update({ must_change_password: false, temporary_password_expires_at: null })

    const admin = await enabledAfter(8)

    expect(await statuses()).to.deep.equal(['cancelled'])
    expect(admin.text).not.to.include('held invitation')
  })

  it('stays held when the portal is disabled again meanwhile', async () => {
    await add(JANE)
    const admin = await enabledAfter(8)
    await switchPortal(world.db, system, orders.id, false, world.now())

    await admin.press('Send 1 held invitation for Orders')

    expect(admin.text).to.include('Nothing was sent: the portal is not enabled.')
    expect(await statuses()).to.deep.equal(['held'])
  })

  it('also is an invitation to register, which does not age and is sent as it was written', async () => {
    const token = await aHeldInvitation()
    await add(JANE)
    const admin = await enabledAfter(3)
    expect(admin.text).to.include('Send 2 held invitations')

    await admin.press('Send 2 held invitations for Orders')

    expect(admin.text).to.include('2 invitations for Orders are queued.')
    expect(await statuses()).to.deep.equal(['queued', 'queued'])
    expect((await openInvitation(world.db, token, world.now())).ok).to.equal(true)
  })

  it('is offered when only invitations to register wait, for weeks', async () => {
    const token = await aHeldInvitation()
    const admin = await enabledAfter(30)

    await admin.press('Send 1 held invitation for Orders')

    expect(admin.text).to.include('1 invitation for Orders is queued.')
    expect(admin.text).not.to.include('held invitation')
    expect((await openInvitation(world.db, token, world.now())).ok).to.equal(true)
  })

  /** Somebody without a login is invited to Orders while it is disabled; the answer is the token of the link. */
  async function aHeldInvitation(): Promise<string> {
    await aContact(world, 'Bea', { email: 'bea@customer.example' })
    const selection = await selectMatching(world.db, staff, null, ALL_CONTACTS, world.now())
    const choice = orders.id
    const { mark: seen } = await planInvitations(world.db, selection, { by: 'invite', choice }, world.now())
    const leftOut = { groups: [], contactIds: [] }
    const request = { selection, seen, formKey: selection, leftOut, message: null, choice }
    await inviteContacts(world.db, world.deps, staff, request, world.now())
    const { id } = await world.db('invitations').first<{ id: number }>('id')
    return tokenOf(world, id)
  }
})

import { expect } from 'chai'
import type { PortalUser, Staff } from '../../../src/core/actors.ts'
import { acceptSignedIn, register } from '../../../src/core/invitations/accept.ts'
import { changeAccess } from '../../../src/core/portal-users/one-access.ts'
import { portalsOf } from '../../../src/core/portal-users/own-portals.ts'
import { portalUserById } from '../../../src/core/portal-users/sign-in.ts'
import { addRole } from '../../../src/core/roles/roles.ts'
import { changePortalSettings } from '../../../src/core/settings/portal-settings.ts'
import type { Browser } from '../../support/browser.ts'
import { aSubscriber } from '../../support/contact-portals.ts'
import { aStaffActor, tokenOf } from '../../support/invitations.ts'
import { aContact, aPortalUser, OWN_PASSWORD } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const BEA = 'bea@acme.example'
const ALL = { canInviteOthers: true, canViewDetails: true, canViewDocuments: true }

describe('An invitation that a customer has written', () => {
  let world: World
  let staff: Staff
  let sam: { browser: Browser; slug: string; accessId: number; user: { id: number } }
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    sam = await aSubscriber(world, { contactId: await aContact(world, 'Acme Ltd'), level: 'full' })
  })
  afterEach(() => world.end())

  async function invited(unticked: string[] = []): Promise<string> {
    await sam.browser.open(`/portal/portals/${sam.slug}/people/new`)
    for (const label of unticked) sam.browser.untick(label)
    sam.browser.fill('Name', 'Bea Lund')
    sam.browser.fill('Email address', BEA)
    await sam.browser.press('Invite')
    const { id } = await world.db('invitations').first<{ id: number }>('id')
    return tokenOf(world, id)
  }

  async function reduce(level: 'full' | 'read_only', canInviteOthers: boolean): Promise<void> {
    const { version } = await world.db('portal_users').where({ id: sam.user.id }).first<{ version: number }>('version')
    const change = { version, level, permissions: { ...ALL, canInviteOthers } }
    expect((await changeAccess(world.db, staff, sam.accessId, change, world.now())).ok).to.equal(true)
  }

  const registering = (token: string) =>
    register(
      world.db,
      world.deps,
      { token, name: 'Bea Lund', email: BEA, password: OWN_PASSWORD, code: '', ip: null },
      world.now(),
    )

  it('gives no higher level than the customer has when it is accepted', async () => {
    const token = await invited()
    await reduce('read_only', true)

    expect((await registering(token)).ok).to.equal(true)

    const { access_level: level } = await world.db('portal_access').orderBy('id', 'desc').first('access_level')
    expect(level).to.equal('read_only')
  })

  it('tells everybody of the office who may change things when it is accepted', async () => {
    const viewer = await world.aStaff('Vera Viewer', 'viewer')
    await registering(await invited())

    const told = await world.db('notifications').select('staff_user_id', 'title')
    expect(told.map(notice => notice.title)).to.include('Bea Lund registered for the portal Acme Ltd')
    expect(told.map(notice => notice.staff_user_id))
      .to.include(staff.id)
      .and.not.to.include(viewer.id)
  })

  it('allows no more than was ticked to somebody whose roles allow all', async () => {
    const bea = await aPortalUser(world, { name: 'Bea Lund', email: BEA })
    const user = (await portalUserById(world.db, bea.id)) as PortalUser
    const role = await addRole(world.db, staff, { name: 'All', ...ALL }, world.now())
    const held = { portal_user_id: bea.id, role_id: role.ok ? role.value : 0 }
    await world.db('portal_user_roles').insert(held)
    const token = await invited(['Invite other people to the portal', 'View My Documents'])

    expect((await acceptSignedIn(world.db, user, token, world.now())).ok).to.equal(true)

    const [own] = await portalsOf(world.db, user, world.now())
    expect(own).to.include({ canInviteOthers: false, canViewDetails: true, canViewDocuments: false })
  })

  it('is over for everybody while the customer may not invite, and stays unused', async () => {
    const bea = await aPortalUser(world, { name: 'Bea Lund', email: BEA })
    const user = (await portalUserById(world.db, bea.id)) as PortalUser
    const token = await invited()
    await reduce('full', false)

    await sam.browser.open(`/portal/invitations/${token}`)
    const answers = [await registering(token), await acceptSignedIn(world.db, user, token, world.now())]

    expect([sam.browser.status, sam.browser.h1]).to.deep.equal([410, 'This invitation was cancelled'])
    expect(answers.map(one => !one.ok && (one.error as { kind: string }).kind)).to.deep.equal([
      'cancelled',
      'cancelled',
    ])
    expect(await world.db('invitations').pluck('status')).to.deep.equal(['open'])
    await reduce('full', true)
    expect((await acceptSignedIn(world.db, user, token, world.now())).ok).to.equal(true)
  })

  it('is over while the office does not let clients invite, also for a form that is sent just then', async () => {
    const token = await invited()
    const { passwords } = world.deps
    const hash = async (password: string): Promise<string> => {
      await changePortalSettings(world.db, staff, { clientsCanInvite: false }, world.now())
      return passwords.hash(password)
    }

    const form = { token, name: 'Bea Lund', email: BEA, password: OWN_PASSWORD, code: '', ip: null }
    const late = await register(world.db, { ...world.deps, passwords: { ...passwords, hash } }, form, world.now())

    expect(!late.ok && late.error).to.include({ kind: 'cancelled' })
    expect(await world.db('portal_users').select('id')).to.have.length(1)
    expect(await world.db('invitations').pluck('status')).to.deep.equal(['open'])
  })
})

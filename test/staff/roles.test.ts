import { expect } from 'chai'
import { portalOf } from '../../src/core/portal-users/own-portals.ts'
import { portalUserById } from '../../src/core/portal-users/sign-in.ts'
import type { Staff } from '../../src/core/actors.ts'
import { changePortalSettings } from '../../src/core/settings/portal-settings.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import type { Browser } from '../support/browser.ts'
import { aCompany, aPortal, aPortalUser } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const INVITE = 'Invite other people to the portal'

describe('Roles in Settings', () => {
  let world: World
  let admin: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
  })
  afterEach(() => world.end())

  async function add(name: string, ...ticks: string[]): Promise<void> {
    await admin.open('/staff/roles')
    admin.fill('Name', name)
    for (const tick of ticks) admin.tick(tick)
    await admin.press('Add role')
  }

  it('are seen by managers, changed by administrators, and nothing for viewers', async () => {
    await add('Reader')
    const manager = await world.signedInStaff('manager')
    const viewer = await world.signedInStaff('viewer')

    await manager.open('/staff/settings')
    await manager.click('Roles')
    await viewer.open('/staff/roles')

    expect(manager.tableRows()).to.deep.equal([['Reader', 'Nothing but opening the portal', '0']])
    expect(manager.text).not.to.include('Add a role')
    expect(viewer.status).to.equal(403)
  })

  it('are added, changed, given to people and deleted after a warning', async () => {
    await add('Account manager', INVITE, 'View My Documents')
    expect(admin.text).to.include('The role Account manager was added.')
    await admin.click('Change Account manager')
    admin.fill('Name', 'Key contact')
    admin.untick('View My Documents')
    admin.tick('View My Details')
    await admin.press('Save changes')
    const ada = await aPortalUser(world, { name: 'Ada' })
    await admin.open(`/staff/portal-users/${String(ada.id)}`)
    admin.tick('Key contact')
    await admin.press('Save')

    await admin.open('/staff/roles')
    expect(admin.tableRows()[0]?.slice(0, 3)).to.deep.equal(['Key contact', `${INVITE}, View My Details`, '1'])
    await admin.click('Delete Key contact')
    expect(admin.text).to.include('1 person will lose it.')
    await admin.press('YES, delete the role')

    expect(admin.text).to.include('The role Key contact was deleted.').and.include('There is no role yet.')
  })

  it('do no harm when the same page is used twice', async () => {
    await add('Reader')
    await admin.click('Change Reader')
    const second = admin.path
    admin.fill('Name', 'Reader one')
    await admin.press('Save changes')
    await admin.post(second, { name: 'Reader two', seen: '1' })
    expect(admin.errors()[0]).to.include('Somebody changed this role while you were editing it.')
    await admin.post(`${second}/delete`, { seen: '5' })
    expect(admin.status).to.equal(409)
    expect(admin.text).to.include('The number of people has changed since you looked.')
    await admin.press('YES, delete the role')

    await admin.post(`${second}/delete`, { seen: '0' })

    expect(admin.text).to.include('This role is no longer there.')
  })

  it('refuse a name that is taken, empty, too long, or means something in a spreadsheet', async () => {
    await add('Reader')
    const said: string[] = []

    for (const name of ['RÉADER', ' ', 'x'.repeat(81), 'Reader; Buyer', '(Clear)']) {
      await add(name, INVITE)
      said.push(admin.errors()[0] ?? '')
      expect(admin.$('input[name=can][value=invite]').attr('checked')).not.to.equal(undefined)
    }

    expect(said).to.deep.equal([
      'There is a role called RÉADER already. Choose a different name',
      'Enter a name for the role',
      'Use at most 80 characters for the name',
      'Use a name without a semicolon: in spreadsheets it separates one role from the next',
      'Use another name: in spreadsheets (clear) means that somebody has no role',
    ])
  })
})

describe('The permissions of a portal user', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff('admin')
  })
  afterEach(() => world.end())

  async function aRole(name: string, ...ticks: string[]): Promise<void> {
    await staff.open('/staff/roles')
    staff.fill('Name', name)
    for (const tick of ticks) staff.tick(tick)
    await staff.press('Add role')
  }

  async function inOrders(id: number) {
    const user = await portalUserById(world.db, id)
    const own = user && (await portalOf(world.db, user, 'orders', world.now()))
    return own && [own.canInviteOthers, own.canViewDetails, own.canViewDocuments]
  }

  it('are ticked portal by portal, with one line in the log', async () => {
    const portals = [await aPortal(world, 'Orders'), await aPortal(world, 'Works')]
    const ada = await aPortalUser(world, { name: 'Ada', portals })
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    expect(staff.text).not.to.include('Roles')

    staff.tick(INVITE, 'Orders')
    staff.untick('View My Documents', 'Orders')
    await staff.press('Save')

    expect(await inOrders(ada.id)).to.deep.equal([true, true, false])
    const rows = await world.db('audit_events').where({ action: 'portal-user.changed' }).pluck<string[]>('data')
    expect(rows.map(data => JSON.parse(data) as unknown)).to.deep.equal([{ fields: [], portalIds: [portals[0]?.id] }])
    await staff.press('Save')
    expect(await world.db('audit_events').where({ action: 'portal-user.changed' }).pluck('id')).to.have.length(1)
  })

  it('follow the roles while there are any, which the page says', async () => {
    await aRole('Inviter', INVITE)
    const ada = await aPortalUser(world, { name: 'Ada', portals: [await aPortal(world, 'Orders')] })
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    expect(staff.text).not.to.include('The roles decide what this person can do.')

    staff.tick('Inviter')
    await staff.press('Save')

    expect(await inOrders(ada.id)).to.deep.equal([true, false, false])
    expect(staff.text).to.include('The roles decide what this person can do.')
    expect(staff.text).to.include('in a portal they were invited to, both the role and the tick are needed')
    staff.untick('Inviter')
    await staff.press('Save')
    expect(await inOrders(ada.id)).to.deep.equal([false, true, true])
  })

  it('are said to invite nobody while inviting is switched off for all', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', portals: [await aPortal(world, 'Orders')] })
    const rosa = (await staffById(world.db, (await world.aStaff('Rosa', 'admin')).id)) as Staff
    await changePortalSettings(world.db, rosa, { clientsCanInvite: false }, world.now())
    const said: string[] = []

    for (const address of [`/staff/portal-users/${String(ada.id)}`, '/staff/roles']) {
      await staff.open(address)
      said.push(
        /Inviting others is switched off in Portal Settings: nobody can invite, [\w ]+\./.exec(staff.text)?.[0] ?? '',
      )
    }

    expect(said.map(words => words.split(', ')[1])).to.deep.equal(['whatever is ticked.', 'whatever their role.'])
  })

  it('stay as they were typed when the form is shown again, and as they are when it does not speak of them', async () => {
    await aRole('Inviter', INVITE)
    const ada = await aPortalUser(world, { name: 'Ada', portals: [await aPortal(world, 'Orders')] })
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    staff.tick('Inviter')
    staff.untick('View My Details', 'Orders')
    staff.fill('Name', '')
    await staff.press('Save')
    expect(staff.errors()).to.deep.equal(['Enter the name of this person'])
    staff.fill('Name', 'Ada')
    await staff.press('Save')
    expect(await inOrders(ada.id)).to.deep.equal([true, false, false])

    await staff.post(`/staff/portal-users/${String(ada.id)}`, {
      go: 'save',
      name: 'Ada Obi',
      email: 'ada@customer.example',
      version: '2',
    })

    expect(staff.text).to.include('The changes to Ada Obi were saved.')
    expect(await inOrders(ada.id)).to.deep.equal([true, false, false])
  })

  it('are given to somebody new by their roles', async () => {
    await aRole('Inviter', INVITE)
    await aCompany(world, 'Acme')
    await aPortal(world, 'Orders')
    await staff.open('/staff/portal-users/new')
    staff.fill('Company', 'Acme')
    staff.fill('Company email', 'ada@acme.example')
    staff.fill('Enter Password', 'harbour-0417')
    staff.tick('Orders')
    staff.tick('Inviter')

    await staff.press('Save')

    const ada = await world.db('portal_users').first<{ id: number }>('id')
    expect(await inOrders(ada.id)).to.deep.equal([true, false, false])
  })
})

import { expect } from 'chai'
import type { Router } from 'express'
import { staffFace } from '../../src/web/staff/index.ts'
import type { Browser } from '../support/browser.ts'
import { codeOf, enterCode, setUpSecondFactor } from '../support/second-factor.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const MUST = 'Administrators must use a second factor'

describe('The setting that administrators must use a second factor', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('leads the one who sets it to their own second factor, and then to where they were', async () => {
    const admin = await world.signedInStaff('admin')
    await demand(admin)
    expect(admin.path).to.equal('/staff/second-factor')
    expect(admin.text).to.include('You need a second factor to go on.')

    const { key } = await setUpSecondFactor(world, admin, 'staff', STAFF_PASSWORD)
    await admin.press('I have kept them')
    await admin.open('/staff/team')

    expect(admin.h1).to.equal('Team')
    expect(key).to.have.length(32)
  })

  it('opens no other page to an administrator without one, and lets them sign out', async () => {
    const admin = await world.signedInStaff('admin')
    await demand(admin)
    const open = /^\/(second-factor(\/.*)?|sign-in(\/.*)?|setup\/:token|links\/:token)$/
    const paths = getPaths(world).filter(path => !open.test(path))

    for (const path of paths) {
      const reply = await admin.raw('GET', `/staff${path.replace(/:\w+/g, '1')}`)
      expect([reply.status, reply.headers.get('location')], path).to.deep.equal([303, '/staff/second-factor'])
    }
    await admin.post('/staff/portals', { name: 'Sneaked in' })
    await admin.press('Sign out')

    expect(paths).to.include.members(['/', '/contacts', '/team', '/password', '/settings', '/sessions'])
    expect(await world.db('portals').select()).to.deep.equal([])
    expect(admin.h1).to.equal('Sign in')
  }).timeout(60_000)

  it('asks nothing of managers and viewers, nor of an administrator who is made one of them', async () => {
    const [admin, manager] = [await world.signedInStaff('admin'), await world.signedInStaff('manager')]
    await demand(admin)

    await manager.open('/staff/contacts')
    await world.db('staff_users').where({ role: 'admin' }).update({ role: 'viewer' })
    await admin.open('/staff/contacts')

    expect([manager.h1, admin.h1]).to.deep.equal(['Contacts', 'Contacts'])
  })

  it('holds for whoever turns theirs off, and from the next click of a new administrator', async () => {
    const [admin, manager] = [await world.signedInStaff('admin'), await world.signedInStaff('manager')]
    await demand(admin)
    const { codes } = await setUpSecondFactor(world, admin, 'staff', STAFF_PASSWORD)
    await world.db('staff_users').where({ role: 'manager' }).update({ role: 'admin' })
    await manager.open('/staff/contacts')

    await admin.open('/staff/second-factor/turning-off')
    admin.fill('Your password', STAFF_PASSWORD)
    admin.fill('Code from your app, or a recovery code', codes[0] ?? '')
    await admin.press('Turn off the second factor')
    await admin.open('/staff/team')

    expect([manager.path, admin.path]).to.deep.equal(['/staff/second-factor', '/staff/second-factor'])
  })

  it('is written in the log once, and can be taken back', async () => {
    const admin = await world.signedInStaff('admin')
    await setUpSecondFactor(world, admin, 'staff', STAFF_PASSWORD)
    await demand(admin)
    await demand(admin)

    admin.untick(MUST)
    await admin.press('Save who must use a second factor')

    expect(admin.text).to.include('Administrators may use a second factor, but need not.')
    const lines = await world.db('audit_events').where({ action: 'team-settings.changed' }).orderBy('id').pluck('data')
    expect(lines).to.deep.equal([
      '{"adminsNeedSecondFactor":{"from":false,"to":true}}',
      '{"adminsNeedSecondFactor":{"from":true,"to":false}}',
    ])
    await admin.open('/staff/activity')
    expect(admin.text).to.include('Changed the team settings').and.to.include('Turned on a second factor')
  })
})

describe('Taking away the second factor of a colleague', () => {
  let world: World
  let rosa: Browser
  let key: string
  beforeEach(async () => {
    world = await aWorld()
    rosa = await world.signedInStaff()
    ;({ key } = await setUpSecondFactor(world, rosa, 'staff', STAFF_PASSWORD))
  })
  afterEach(() => world.end())

  it('is asked first, signs them out, tells them, and lets them in with the password alone', async () => {
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/team/1')
    await admin.click('Take it away')
    expect(admin.h1).to.equal('Take away the second factor of Rosa Marsh 1?')
    await admin.press('Take away the second factor')

    expect(admin.text).to.include('Rosa Marsh 1 has no second factor any more, and is signed out everywhere.')
    await rosa.open('/staff/contacts')
    expect(rosa.path).to.match(/^\/staff\/sign-in/)
    await signIn(rosa)
    expect(rosa.h1).to.equal('Contacts')
    const line = await world.db('audit_events').where({ action: 'staff.second-factor-removed' })
    expect(line.map(({ actor_id, subject_id }) => [actor_id, subject_id])).to.deep.equal([[2, 1]])
    const mail = await world.db('emails').where({ template: 'second-factor-taken' }).first('to_email', 'masked_text')
    expect(mail.to_email).to.equal('rosa.marsh.1@office.example')
    expect(mail.masked_text).to.include('Rosa Marsh 2 took your second factor for Portico away')
  })

  it('ends a sign-in that waits for the code', async () => {
    const admin = await world.signedInStaff('admin')
    const pending = world.browser()
    await signIn(pending)

    await take(admin, 1)
    await enterCode(pending, codeOf(world, key))

    expect([pending.status, pending.h1]).to.deep.equal([401, 'Sign in'])
  })

  it('does no harm a second time', async () => {
    const admin = await world.signedInStaff('admin')
    await take(admin, 1)
    await signIn(rosa)

    admin.back()
    await admin.press('Take away the second factor')

    expect(admin.text).to.include('Nothing was changed: Rosa Marsh 1 has no second factor.')
    await rosa.open('/staff/contacts')
    expect(rosa.h1).to.equal('Contacts')
    expect(await world.db('emails').where({ template: 'second-factor-taken' })).to.have.length(1)
  })

  it('is not for one’s own: that takes a code', async () => {
    const admin = await world.signedInStaff('admin')
    await setUpSecondFactor(world, admin, 'staff', STAFF_PASSWORD)

    await admin.post('/staff/team/2/second-factor', {})

    expect(admin.path).to.equal('/staff/second-factor')
    expect(admin.text).to.include('Your second factor is on')
  })

  it('is seen in the team before and after', async () => {
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/team')
    const before = admin.tableRows()[0]?.[4]

    await take(admin, 1)
    await admin.open('/staff/team')

    expect([before, admin.tableRows()[0]?.[4]]).to.deep.equal(['On', 'Off'])
  })
})

async function demand(admin: Browser): Promise<void> {
  await admin.open('/staff/team')
  admin.tick(MUST)
  await admin.press('Save who must use a second factor')
}

async function take(admin: Browser, id: number): Promise<void> {
  await admin.open(`/staff/team/${String(id)}/second-factor`)
  await admin.press('Take away the second factor')
}

async function signIn(browser: Browser): Promise<void> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', 'rosa.marsh.1@office.example')
  browser.fill('Password', STAFF_PASSWORD)
  await browser.press('Sign in')
}

/** The path of every page of the office, as its router knows them. */
function getPaths(world: World): string[] {
  const face: Router = staffFace({ ...world.deps, wakeWorker: () => undefined })
  return face.stack.flatMap(({ route }) =>
    route && 'get' in (route as unknown as { methods: object }).methods ? [route.path] : [],
  )
}

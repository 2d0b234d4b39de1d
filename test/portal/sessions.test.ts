import { expect } from 'chai'
import { aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const DOOR = 'Sign in to Harbour & Finch client portal'

describe('A session of the client portal', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is not a session of the office, nor the other way round', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const customer = world.browser()
    await signInToPortal(customer, 'ada.okafor', OWN_PASSWORD)
    const staff = await world.signedInStaff('admin')

    const stolen = world.browser()
    stolen.cookies.set('portico_staff', customer.cookies.value('portico_portal') ?? '')
    await stolen.open('/staff/settings')
    expect(stolen.path).to.match(/^\/staff\/sign-in/)

    const other = world.browser()
    other.cookies.set('portico_portal', staff.cookies.value('portico_staff') ?? '')
    await other.open('/portal/home')
    expect(other.path).to.match(/^\/portal\/sign-in/)

    await staff.open('/portal/home')
    expect(staff.h1).to.equal(DOOR)
  })

  it('has an id nobody knew before signing in', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = world.browser()
    browser.cookies.set('portico_portal', 's%3Aplanted.planted')
    await browser.open('/portal/sign-in')

    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    const first = browser.cookies.value('portico_portal')
    await browser.press('Sign out')
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    expect(first).not.to.include('planted')
    expect(browser.cookies.value('portico_portal')).not.to.equal(first)
    const thief = world.browser()
    thief.cookies.set('portico_portal', first ?? '')
    await thief.open('/portal/home')
    expect(thief.h1).to.equal(DOOR)
  })

  for (const [what, change] of [
    ['disabled', { status: 'disabled' }],
    ['deleted', { deleted_at: 1 }],
    ['signed out everywhere', { session_version: 2 }],
  ] as const) {
    it(`ends at the next click of somebody who was ${what}`, async () => {
      const ada = await aPortalUser(world, { name: 'Ada Okafor' })
      const browser = world.browser()
      await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

      await world.db('portal_users').where({ id: ada.id }).update(change)

      await browser.click('Your portals')
      expect(browser.h1).to.equal(DOOR)
    })
  }

  it('does not come back to life when a slow request ends after signing out', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    await browser.open('/portal/password')
    const cookie = browser.cookies.value('portico_portal') ?? ''
    const { passwords } = world.deps
    const { matches } = passwords
    const arrived = deferred()
    const goOn = deferred()
    passwords.matches = async (hash, password) => {
      arrived.resolve()
      await goOn.promise
      return matches(hash, password)
    }

    const slow = browser.post('/portal/password', { current: OWN_PASSWORD, password: 'x' })
    await arrived.promise
    const other = world.browser()
    other.cookies.set('portico_portal', cookie)
    await other.open('/portal/home')
    await other.press('Sign out')
    goOn.resolve()
    await slow

    expect(await world.db('sessions').where({ realm: 'portal' })).to.deep.equal([])
    const thief = world.browser()
    thief.cookies.set('portico_portal', cookie)
    await thief.open('/portal/home')
    expect(thief.h1).to.equal(DOOR)
  })

  it('is not made for strangers who only look', async () => {
    await aPortal(world, 'Orders')
    for (const path of [
      '/portal',
      '/portal/sign-in',
      '/portal/forgot',
      '/portal/forgot/sent',
      '/portal/home',
      '/portal/portals/orders',
      `/portal/reset/${'a'.repeat(43)}`,
    ]) {
      const reply = await world.browser().raw('GET', path)
      expect(
        reply.headers.getSetCookie().filter(line => line.startsWith('portico_portal=')),
        path,
      ).to.deep.equal([])
    }

    expect(await world.db('sessions')).to.deep.equal([])
  })
})

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}

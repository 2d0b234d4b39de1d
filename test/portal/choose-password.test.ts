import { expect } from 'chai'
import type { Router } from 'express'
import { portalFace } from '../../src/web/portal/index.ts'
import { aPortal, aPortalUser, OWN_PASSWORD, signInToPortal, TEMPORARY_PASSWORD } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Choosing a password of one’s own', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('comes before every other page for somebody with a temporary password', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Theo Temple', own: false, portals: [orders] })
    const browser = world.browser()
    await signInToPortal(browser, 'theo.temple', TEMPORARY_PASSWORD)
    expect(browser.h1).to.equal('Choose your own password')
    const looks = ['/brand.css', '/logo'] // how every page looks, the one where they choose included
    const paths = getPaths(world).filter(path => path !== '/choose-password' && !looks.includes(path))

    for (const path of paths) {
      const reply = await browser.raw('GET', `/portal${path.replace(/:\w+/, 'orders')}`)
      expect(reply.status, path).to.equal(303)
      expect(reply.headers.get('location'), path).to.equal('/portal/choose-password')
    }

    expect(paths).to.include.members(['/home', '/portals/:slug', '/password', '/sign-in', '/forgot', '/reset/:token'])
    await browser.post('/portal/password', { current: TEMPORARY_PASSWORD, password: OWN_PASSWORD })
    expect(browser.redirects).to.deep.equal(['/portal/choose-password'])
  })

  it('leads to the only portal, says so, and the new password is the one that works', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Theo Temple', own: false, portals: [orders] })
    const browser = world.browser()
    await signInToPortal(browser, 'theo.temple', TEMPORARY_PASSWORD)

    browser.fill('New password', OWN_PASSWORD)
    await browser.press('Save password')

    expect(browser.h1).to.equal('Orders')
    expect(browser.text).to.include('Your password has been changed')
    const [old, fresh] = [world.browser(), world.browser()]
    await signInToPortal(old, 'theo.temple', TEMPORARY_PASSWORD)
    await signInToPortal(fresh, 'theo.temple', OWN_PASSWORD)
    expect([old.status, fresh.h1]).to.deep.equal([401, 'Orders'])
    world.later(8 * 86_400_000)
    const later = world.browser()
    await signInToPortal(later, 'theo.temple', OWN_PASSWORD)
    expect(later.h1).to.equal('Orders')
  })

  it('can be left and come back to, and signing out stays possible', async () => {
    await aPortalUser(world, { name: 'Theo Temple', own: false })
    const browser = world.browser()
    await signInToPortal(browser, 'theo.temple', TEMPORARY_PASSWORD)

    await browser.press('Sign out')
    expect(browser.h1).to.equal('Sign in to Harbour & Finch client portal')

    await signInToPortal(browser, 'theo.temple', TEMPORARY_PASSWORD)
    expect(browser.h1).to.equal('Choose your own password')
  })

  const refusals = [
    ['short', 'Use at least 12 characters. A few words you remember work well'],
    ['aaaaaaaaaaaaaaaa', 'Choose a password that is harder to guess: this one is common, or made of a simple pattern'],
    ['Theophilus Temple', 'Choose a password without your name, your email address or the name of this office'],
    ['harbour & finch', 'Choose a password without your name, your email address or the name of this office'],
    ['🙂'.repeat(257), 'Use at most 256 characters'],
    ['a temporary lantern 7', 'Choose a new password: this is the one you have now'],
  ] as const
  for (const [password, message] of refusals) {
    it(`refuses “${password.slice(0, 20)}” and says why`, async () => {
      const own = { own: false, password: 'a temporary lantern 7' }
      await aPortalUser(world, { name: 'Theophilus Temple', username: 'theo', ...own })
      const browser = world.browser()
      await signInToPortal(browser, 'theo', own.password)

      browser.fill('New password', password)
      await browser.press('Save password')

      expect(browser.status).to.equal(422)
      expect(browser.errors()).to.deep.equal([message])
    })
  }

  it('gives this browser a new session and ends all the others', async () => {
    const theo = await aPortalUser(world, { name: 'Theo Temple', own: false })
    const [here, there] = [world.browser(), world.browser()]
    for (const browser of [here, there]) await signInToPortal(browser, 'theo.temple', TEMPORARY_PASSWORD)
    const before = here.cookies.value('portico_portal')

    here.fill('New password', OWN_PASSWORD)
    await here.press('Save password')

    expect(here.cookies.value('portico_portal')).not.to.equal(before)
    await there.open('/portal/home')
    expect(there.h1).to.equal('Sign in to Harbour & Finch client portal')
    expect(await world.db('sessions').where({ realm: 'portal', principal_id: theo.id })).to.have.length(1)
    const lines = await world
      .db('audit_events')
      .where({ action: 'portal-user.password-changed' })
      .select('actor_id', 'data')
    expect(lines).to.deep.equal([{ actor_id: theo.id, data: '{}' }])
  })
})

describe('Changing one’s own password', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('needs the one in use, and tells the person by mail', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    await browser.click('Password')

    browser.fill('Password now', 'not this one')
    browser.fill('New password', 'copper lantern friday')
    await browser.press('Change password')
    expect(browser.errors()).to.deep.equal(['Enter the password you sign in with now'])

    browser.fill('Password now', OWN_PASSWORD)
    browser.fill('New password', 'copper lantern friday')
    await browser.press('Change password')
    expect(browser.text).to.include('Your password has been changed. Other places you were signed in are signed out.')
    expect(await world.db('emails').select('to_email', 'template')).to.deep.equal([
      { to_email: 'ada.okafor@customer.example', template: 'password-changed' },
    ])
  })

  it('counts wrong guesses as signing in does', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    await browser.open('/portal/password')

    for (let n = 0; n < 6; n += 1)
      await browser.post('/portal/password', { current: 'a guess', password: 'copper lantern friday' })

    expect(browser.status).to.equal(429)
    const told = await world.db('audit_events').where({ action: 'portal-user.proof-failed' }).pluck<string[]>('data')
    expect(told).to.deep.equal(Array.from({ length: 5 }, () => '{"step":"password"}'))
    await browser.open('/portal/home')
    expect(browser.h1).to.equal('Welcome, Ada')
  })
})

/** The path of every page of the portal, as its router knows them. */
function getPaths(world: World): string[] {
  const face: Router = portalFace({ ...world.deps, wakeWorker: () => undefined })
  return face.stack.flatMap(({ route }) =>
    route && 'get' in (route as unknown as { methods: object }).methods ? [route.path] : [],
  )
}

import { expect } from 'chai'
import { aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const WRONG = 'Check your username and password: this pair does not match an account'
const DAY = 86_400_000

describe('Signing in to the client portal', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  for (const typed of ['ada', ' ADA ', 'Ada.Okafor@Customer.Example']) {
    it(`works with “${typed}” for a username or an email address`, async () => {
      await aPortalUser(world, { name: 'Ada Okafor', username: 'Ada' })
      const browser = world.browser()

      await signInToPortal(browser, typed, OWN_PASSWORD)

      expect(browser.h1).to.equal('Welcome, Ada')
    })
  }

  it('remembers the first and the last time, and writes it in the log', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    await signInToPortal(world.browser(), 'ada.okafor', ada.password)
    const first = await world.db('portal_users').where({ id: ada.id }).first('first_login_at', 'last_login_at')

    world.later(DAY)
    await signInToPortal(world.browser(), 'ada.okafor', ada.password)

    const last = await world.db('portal_users').where({ id: ada.id }).first('first_login_at', 'last_login_at')
    expect(first.first_login_at).to.equal(first.last_login_at)
    expect(last.first_login_at).to.equal(first.first_login_at)
    expect(last.last_login_at).to.be.at.least(first.last_login_at + DAY)
    expect(await world.db('audit_events').where({ action: 'portal-user.signed-in', actor_id: ada.id })).to.have.length(
      2,
    )
  })

  it('gives one answer to whoever may not come in, whatever the reason', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const dora = await aPortalUser(world, { name: 'Dora Disabled' })
    const edith = await aPortalUser(world, { name: 'Edith Erased' })
    const nora = await aPortalUser(world, { name: 'Nora Nopassword' })
    await aPortalUser(world, { name: 'Theo Temporary', own: false, password: OWN_PASSWORD })
    await world.db('portal_users').where({ id: dora.id }).update({ status: 'disabled' })
    await world.db('portal_users').where({ id: edith.id }).update({ deleted_at: world.now() })
    await world.db('portal_users').where({ id: nora.id }).update({ password_hash: null })
    world.later(7 * DAY)
    const checks = countChecks(world)

    const bodies: string[] = []
    for (const name of ['ada.okafor', 'dora.disabled', 'edith.erased', 'nora.nopassword', 'theo.temporary', 'nobody']) {
      const browser = world.browser()
      await signInToPortal(browser, name, name === 'ada.okafor' ? 'not the password' : OWN_PASSWORD)
      expect(browser.status, name).to.equal(401)
      expect(browser.errors(), name).to.deep.equal([WRONG])
      bodies.push(browser.html.replaceAll(name, 'NAME').replace(/name="_csrf" value="[^"]*"/g, ''))
    }

    expect(new Set(bodies).size).to.equal(1)
    expect(checks.count).to.equal(6)
  })

  it('takes a temporary password for seven days, and not a moment longer', async () => {
    await aPortalUser(world, { name: 'Theo Temporary', own: false })
    const browser = world.browser()

    world.later(7 * DAY - 60_000)
    await signInToPortal(browser, 'theo.temporary', 'harbour-0417')

    expect(browser.path).to.equal('/portal/choose-password')
  })

  it('answers an incomplete or hostile form with the same page', async () => {
    const browser = world.browser()
    await browser.open('/portal/sign-in')

    for (const fields of [
      {},
      { username: ['a', 'b'], password: ['c', 'd'] },
      { 'username[x]': 'a' },
      { username: `${'a'.repeat(253)}😀` },
    ]) {
      await browser.post('/portal/sign-in', { password: 'x', ...fields })
      expect(browser.status).to.equal(401)
      expect(browser.errors()).to.deep.equal([WRONG])
    }
  })

  it('makes everybody wait after five wrong passwords, known or not, and the right one waits too', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })

    for (const name of ['ada.okafor', 'nobody']) {
      for (let n = 0; n < 5; n += 1) await signInToPortal(world.browser(), name, 'not the password')
      const browser = world.browser()
      await signInToPortal(browser, name, OWN_PASSWORD)
      expect(browser.status).to.equal(429)
      expect(Number(browser.headers.get('retry-after'))).to.be.within(1, 30)
      expect(browser.errors()).to.deep.equal(['Too many tries. Wait 1 minute and try again.'])
    }

    world.later(31_000)
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    expect(browser.h1).to.equal('Welcome, Ada')
  })

  it('looks at no more than five of sixty-four passwords tried at once', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const checks = countChecks(world)
    const browsers = Array.from({ length: 64 }, () => world.browser())
    for (const browser of browsers) await browser.open('/portal/sign-in')

    await Promise.all(
      browsers.map(browser =>
        browser.post('/portal/sign-in', { username: 'ada.okafor', password: 'not the password' }),
      ),
    )

    const answers = browsers.map(browser => browser.status)
    expect(checks.count).to.be.within(1, 5)
    expect(answers.filter(status => status === 401).length).to.equal(checks.count)
    expect(answers.filter(status => status === 429).length).to.equal(64 - checks.count)
  })

  it('comes back to the page that was asked for, and to no other site', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Ada Okafor', portals: [orders, await aPortal(world, 'Invoices')] })
    const browser = world.browser()
    await browser.open('/portal/portals/orders')
    browser.fill('Username', 'ada.okafor')
    browser.fill('Password', OWN_PASSWORD)
    await browser.press('Sign in')
    expect(browser.path).to.equal('/portal/portals/orders')

    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/portal/../staff',
      'javascript:alert(1)',
      '/staff',
      '/portal/%0d%0aSet-Cookie:a=b',
      '\t//evil.example',
      '/portalx',
      `/portal@evil.example`,
    ]) {
      const other = world.browser()
      await other.open('/portal/sign-in')
      await other.post('/portal/sign-in', { username: 'ada.okafor', password: OWN_PASSWORD, next })
      for (const step of other.redirects) {
        expect(new URL(step, world.base).href, next).to.match(new RegExp(`^${world.base}/portal/`))
      }
    }
  })

  it('leads the stranger to the door, and whoever is in to their portals', async () => {
    const browser = world.browser()
    await browser.open('/portal')
    expect(browser.path).to.equal('/portal/sign-in')
    expect(browser.h1).to.equal('Sign in to Harbour & Finch client portal')

    await aPortalUser(world, { name: 'Ada Okafor' })
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    await browser.open('/portal/sign-in')
    expect(browser.path).to.equal('/portal/home')
  })
})

function countChecks(world: World): { count: number } {
  const checks = { count: 0 }
  const { passwords } = world.deps
  const { matches } = passwords
  passwords.matches = (hash, password) => {
    checks.count += 1
    return matches(hash, password)
  }
  return checks
}

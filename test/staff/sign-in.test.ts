import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const WRONG = 'Check your email address and password: this pair does not match an account'
const HOUR = 3_600_000

describe('Signing in to the staff pages', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  for (const typed of ['rosa.marsh@office.example', ' Rosa.Marsh@OFFICE.example ']) {
    it(`works with “${typed}”, and is written in the log`, async () => {
      const rosa = await world.aStaff('Rosa Marsh')
      const browser = world.browser()

      await signIn(browser, typed, STAFF_PASSWORD)

      expect(browser.path).to.match(/^\/staff\/contacts/)
      expect(await world.db('audit_events').where({ action: 'staff.signed-in', actor_id: rosa.id })).to.have.length(1)
    })
  }

  it('gives one answer to whoever may not come in, and looks at a password for each', async () => {
    await world.aStaff('Rosa Marsh')
    const dan = await world.aStaff('Dan Disabled')
    const nora = await world.aStaff('Nora Nopassword')
    await world.db('staff_users').where({ id: dan.id }).update({ status: 'disabled' })
    await world.db('staff_users').where({ id: nora.id }).update({ password_hash: null })
    const checks = countChecks(world)

    const bodies: string[] = []
    for (const name of ['rosa.marsh', 'dan.disabled', 'nora.nopassword', 'nobody']) {
      const browser = world.browser()
      await signIn(browser, `${name}@office.example`, name === 'rosa.marsh' ? 'not the password' : STAFF_PASSWORD)
      expect(browser.status, name).to.equal(401)
      expect(browser.errors(), name).to.deep.equal([WRONG])
      bodies.push(browser.html.replaceAll(name, 'NAME').replace(/name="_csrf" value="[^"]*"/g, ''))
    }

    expect(new Set(bodies).size).to.equal(1)
    expect(checks.count).to.equal(4)
  })

  it('counts wrong tries for the account, however its address is spelled', async () => {
    await world.aStaff('Rosa Marsh')
    for (const spelling of ['office', 'OFFICE', 'oｆｆice', 'ｏffice', 'ofｆice']) {
      await signIn(world.browser(), `rosa.marsh@${spelling}.example`, 'not the password')
    }

    const browser = world.browser()
    await signIn(browser, 'rosa.marsh@officｅ.example', STAFF_PASSWORD)

    expect(browser.status).to.equal(429)
  })

  it('is what somebody is led to who sends a form after their session has ended', async () => {
    const staff = await world.signedInStaff()
    await staff.open('/staff/contacts/new')
    staff.fill('Name', 'Ada')
    await world.db('sessions').delete()

    await staff.press('Add contact')

    expect(staff.text).to.include('You need to sign in again: your session has ended.')
    expect(await world.db('contacts')).to.deep.equal([])
  })

  it('leads home when somebody signed in already in another tab', async () => {
    const rosa = await world.aStaff('Rosa Marsh')
    const browser = world.browser()
    await browser.open('/staff/sign-in')
    await signIn(browser, rosa.email, STAFF_PASSWORD)

    browser.back()
    browser.back()
    await browser.press('Sign in')

    expect(browser.h1).to.equal('Contacts')
  })

  it('answers an incomplete or hostile form with the same page', async () => {
    const rosa = await world.aStaff('Rosa Marsh')
    const browser = world.browser()
    await browser.open('/staff/sign-in')

    for (const fields of [
      {},
      { email: rosa.email },
      { email: rosa.email, password: '' },
      { email: rosa.email, 'password[]': STAFF_PASSWORD },
      { 'email[x]': rosa.email, password: STAFF_PASSWORD },
      { email: rosa.email, password: 'x'.repeat(10_000) },
    ]) {
      world.later(HOUR)
      await browser.post('/staff/sign-in', fields, {
        'x-forwarded-for': `10.8.0.${String(Object.keys(fields).length)}`,
      })
      expect(browser.status, JSON.stringify(fields).slice(0, 60)).to.be.oneOf([401, 429])
    }
  })

  it('makes everybody wait after five wrong passwords, known or not, and the right one waits too', async () => {
    await world.aStaff('Rosa Marsh')

    for (const email of ['rosa.marsh@office.example', 'nobody@office.example']) {
      for (let n = 0; n < 5; n += 1) await signIn(world.browser(), email, 'not the password')
      const browser = world.browser()
      await signIn(browser, email, STAFF_PASSWORD)
      expect(browser.status).to.equal(429)
      expect(Number(browser.headers.get('retry-after'))).to.be.within(1, 30)
      expect(browser.errors()).to.deep.equal(['Too many tries. Wait 1 minute and try again.'])
    }

    world.later(31_000)
    const browser = world.browser()
    await signIn(browser, 'rosa.marsh@office.example', STAFF_PASSWORD)
    expect(browser.path).to.match(/^\/staff\/contacts/)
  })

  it('makes one address wait after ten tries, whatever the names', async () => {
    const headers = { 'x-forwarded-for': '10.7.7.7' }
    const browser = world.browser()
    await browser.open('/staff/sign-in')

    const statuses: number[] = []
    for (let n = 0; n < 12; n += 1) {
      await browser.post('/staff/sign-in', { email: `n${String(n)}@office.example`, password: 'guess' }, headers)
      statuses.push(browser.status)
    }

    expect(statuses).to.deep.equal([...Array<number>(10).fill(401), 429, 429])
  })

  it('looks at no more than five of sixty-four passwords tried at once', async () => {
    const rosa = await world.aStaff('Rosa Marsh')
    const checks = countChecks(world)
    const browsers = Array.from({ length: 64 }, () => world.browser())
    for (const browser of browsers) await browser.open('/staff/sign-in')

    const tried = { email: rosa.email, password: 'not the password' }
    await Promise.all(browsers.map(browser => browser.post('/staff/sign-in', tried)))

    const refused = browsers.filter(browser => browser.status === 429)
    expect(checks.count).to.be.within(1, 5)
    expect(refused).to.have.length(64 - checks.count)
  })

  it('comes back to the page that was asked for', async () => {
    await world.aStaff('Rosa Marsh')
    const browser = world.browser()
    await browser.open('/staff/companies?q=acme')

    browser.fill('Email address', 'rosa.marsh@office.example')
    browser.fill('Password', STAFF_PASSWORD)
    await browser.press('Sign in')

    expect(browser.path).to.equal('/staff/companies?q=acme')
  })

  it('leads whoever is in to the contacts', async () => {
    const browser = await world.signedInStaff()

    await browser.open('/staff/sign-in')

    expect(browser.path).to.match(/^\/staff\/contacts/)
  })
})

async function signIn(browser: Browser, email: string, password: string): Promise<void> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', email)
  browser.fill('Password', password)
  await browser.press('Sign in')
}

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

import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const NEW = 'winter harvest trumpet'

describe('Changing one’s own password as staff', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is not for strangers', async () => {
    const browser = world.browser()

    await browser.open('/staff/password')

    expect(browser.path).to.equal('/staff/sign-in?next=%2Fstaff%2Fpassword')
  })

  it('keeps this browser signed in under a new session, and signs every other out', async () => {
    const browser = await world.signedInStaff('viewer')
    const before = browser.cookies.value('portico_staff') ?? ''
    const elsewhere = world.browser()
    await signIn(elsewhere, 'rosa.marsh.1@office.example', STAFF_PASSWORD)

    await change(browser, STAFF_PASSWORD, NEW)

    expect(browser.text).to.include('Your password has been changed')
    expect(browser.cookies.value('portico_staff')).not.to.equal(before)
    await elsewhere.open('/staff/contacts')
    expect(elsewhere.path).to.match(/^\/staff\/sign-in/)
    const thief = world.browser()
    thief.cookies.set('portico_staff', before)
    await thief.open('/staff/contacts')
    expect(thief.path).to.match(/^\/staff\/sign-in/)
  })

  it('makes the new one work and the old one not', async () => {
    await change(await world.signedInStaff(), STAFF_PASSWORD, NEW)

    const [old, fresh] = [world.browser(), world.browser()]
    await signIn(old, 'rosa.marsh.1@office.example', STAFF_PASSWORD)
    await signIn(fresh, 'rosa.marsh.1@office.example', NEW)

    expect(old.status).to.equal(401)
    expect(fresh.path).to.match(/^\/staff\/contacts/)
  })

  it('ends a link to choose a password that was made before', async () => {
    const browser = await world.signedInStaff()
    const { id } = await world.db('staff_users').first<{ id: number }>('id')
    const admin = await world.signedInStaff('admin')
    await admin.open(`/staff/team/${String(id)}`)
    await admin.press('Make a link for a new password')
    const link = /\/staff\/links\/[A-Za-z0-9_-]{43}/.exec(admin.html)?.[0] ?? ''
    const thief = world.browser()
    await thief.open(link)
    expect(thief.status).to.equal(200)

    await change(browser, STAFF_PASSWORD, NEW)

    await thief.open(link)
    expect(thief.status).to.equal(410)
    expect(browser.text).to.include('Your password has been changed')
  })

  for (const [what, current, next, message] of [
    ['a wrong current one', 'not the password', NEW, 'Enter the password you sign in with now'],
    ['a short one', STAFF_PASSWORD, 'fourteen chars', /^Use at least 15 characters/],
    ['a long one', STAFF_PASSWORD, 'a long walk '.repeat(30), 'Use at most 256 characters'],
    ['a long one of signs that take two places', STAFF_PASSWORD, '🦊🌊'.repeat(150), 'Use at most 256 characters'],
    ['a common one', STAFF_PASSWORD, 'passwordpassword', /^Choose a password that is harder to guess/],
    ['one’s own name', STAFF_PASSWORD, 'rosa.marsh.1@office.example', /^Choose a password without your name/],
    ['the one there is', STAFF_PASSWORD, STAFF_PASSWORD, /this is the one you have now/],
  ] as const) {
    it(`refuses ${what} and says what to do`, async () => {
      const browser = await world.signedInStaff()
      const before = await world.db('staff_users').select()

      await change(browser, current, next)

      expect(browser.status).to.equal(422)
      expect(browser.errors().join()).to.match(message instanceof RegExp ? message : new RegExp(`^${message}$`))
      expect(await world.db('staff_users').select()).to.deep.equal(before)
    })
  }

  it('counts wrong current passwords as tries, so that an open screen is no place to guess', async () => {
    const browser = await world.signedInStaff()

    for (let n = 0; n < 5; n += 1) await change(browser, `guess number ${String(n)}`, NEW)
    await change(browser, STAFF_PASSWORD, NEW)

    expect(browser.status).to.equal(429)
    expect(browser.errors().join()).to.match(/^Too many tries\. Wait \d+ minutes? and try again\.$/)
    const told = await world.db('audit_events').where({ action: 'staff.proof-failed' }).pluck<string[]>('data')
    expect(told).to.deep.equal(Array.from({ length: 5 }, () => '{"step":"password"}'))
  })
})

async function signIn(browser: Browser, email: string, password: string): Promise<void> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', email)
  browser.fill('Password', password)
  await browser.press('Sign in')
}

async function change(browser: Browser, current: string, next: string): Promise<void> {
  await browser.open('/staff/password')
  browser.fill('Password now', current)
  browser.fill('New password', next)
  await browser.press('Change password')
}

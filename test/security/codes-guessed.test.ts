import { expect } from 'chai'
import { newPasswordLink } from '../../src/core/portal-users/links.ts'
import type { Browser } from '../support/browser.ts'
import { aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { codeOf, enterCode, setUpSecondFactor } from '../support/second-factor.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const DAY = 24 * 3_600_000
const ROSA = 'rosa.marsh.1@office.example'

describe('Guessing at the codes of staff', () => {
  let world: World
  let rosa: Browser
  let key: string
  let codes: string[]
  beforeEach(async () => {
    world = await aWorld()
    rosa = await world.signedInStaff()
    ;({ key, codes } = await setUpSecondFactor(world, rosa, 'staff', STAFF_PASSWORD))
  })
  afterEach(() => world.end())

  it('shows in the log that somebody has the password, and is told by mail at the fifth in a row', async () => {
    const thief = await atCode(world)
    for (let n = 0; n < 4; n += 1) await enterCode(thief, '123456')
    expect(await mailsOf(world, 'guessed')).to.have.length(0)
    await enterCode(thief, '123456')
    world.later(31_000)
    await enterCode(thief, '123456')

    expect((await mailsOf(world, 'guessed')).join()).to.include('Five wrong codes in a row were entered for Portico')
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/activity?action=staff.sign-in-failed')
    expect(admin.tableRows()).to.have.length(6)
    expect(admin.tableRows()[0]?.slice(1, 4)).to.deep.equal([
      'Somebody not signed in',
      'Gave the right password, but a wrong code',
      'Team: Rosa Marsh 1, number 1',
    ])
  })

  it('waits a day after the hundredth, which administrators hear of and can end', async () => {
    const admin = await world.signedInStaff('admin')
    const thief = await atCode(world)
    await almostAHundred(world, thief)
    await enterCode(thief, '123456')

    const owner = await atCode(world)
    await enterCode(owner, codeOf(world, key))
    expect(owner.errors()).to.deep.equal(['Too many tries. Wait 24 hours and try again.'])
    await admin.open('/staff/notifications')
    expect(admin.text).to.include('A hundred wrong codes in a row for Rosa Marsh 1')
    await admin.open('/staff/team/1/second-factor')
    await admin.press('Take away the second factor')
    await signIn(owner)
    await setUpSecondFactor(world, owner, 'staff', STAFF_PASSWORD)

    expect(await world.db('second_factors')).to.have.length(1)
  })

  it('is never over for good: the right code is taken after the day', async () => {
    const thief = await atCode(world)
    await almostAHundred(world, thief)
    await enterCode(thief, '123456')
    world.later(DAY)

    const owner = await atCode(world)
    await enterCode(owner, codeOf(world, key))

    expect(owner.path).to.match(/^\/staff\/contacts/)
    expect(await mailsOf(world, 'voided')).to.have.length(0)
  })

  it('begins anew with a link for a new password', async () => {
    const thief = await atCode(world)
    for (let n = 0; n < 5; n += 1) await enterCode(thief, '123456')
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/team/1')
    await admin.press('Make a link for a new password')
    const owner = world.browser()
    await owner.open(admin.$('main code').first().text())
    owner.fill('New password', 'winter harvest trumpet')
    await owner.press('Save password')

    await signIn(owner, 'winter harvest trumpet')
    await enterCode(owner, codeOf(world, key))

    expect(owner.path).to.match(/^\/staff\/contacts/)
  })

  for (const act of ['turning-off', 'new-codes'] as const)
    it(`is guessing at the password too at ${act}: it waits as at the door, and is told`, async () => {
      for (let n = 0; n < 5; n += 1) await rosa.post(`/staff/second-factor/${act}`, { password: 'x', code: '123456' })
      expect(rosa.errors()).to.deep.equal(['Enter the password you sign in with now'])
      await rosa.post(`/staff/second-factor/${act}`, { password: STAFF_PASSWORD, code: codeOf(world, key) })
      expect([rosa.status, ...rosa.errors()]).to.deep.equal([429, 'Too many tries. Wait 1 minute and try again.'])
      const door = world.browser()
      await signIn(door)
      expect(door.status).to.equal(429)

      world.later(31_000)
      await rosa.post(`/staff/second-factor/${act}`, { password: STAFF_PASSWORD, code: '123456' })
      expect(rosa.status).to.equal(422)
      const told = await world.db('audit_events').where({ action: 'staff.proof-failed' }).orderBy('id').pluck('data')
      expect(told).to.deep.equal([...Array<string>(5).fill('{"step":"password"}'), '{"step":"code"}'])
    })

  it('is not what a recovery code is, of which a mail tells', async () => {
    const owner = await atCode(world)
    await owner.click('Enter a recovery code instead')
    owner.fill('Recovery code', codes[0] ?? '')
    await owner.press('Sign in')

    const [mail] = await mailsOf(world, 'code-used')
    expect(mail).to.include('signed in to Portico with your password and one of your recovery codes')
  })
})

describe('Guessing at the codes of a customer', () => {
  let world: World
  let key: string
  beforeEach(async () => {
    world = await aWorld()
    await aPortalUser(world, { name: 'Ada Okafor', portals: [await aPortal(world, 'Orders')] })
    const ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
    ;({ key } = await setUpSecondFactor(world, ada, 'portal', OWN_PASSWORD))
  })
  afterEach(() => world.end())

  it('ends the password at the hundredth in a row, until it is reset by mail', async () => {
    const thief = world.browser()
    await signInToPortal(thief, 'ada.okafor', OWN_PASSWORD)
    await almostAHundred(world, thief)
    await enterCode(thief, '123456')
    world.later(2 * DAY)
    await signInToPortal(thief, 'ada.okafor', OWN_PASSWORD)

    expect(thief.errors().join()).to.include('This password no longer works')
    expect((await mailsOf(world, 'voided')).join()).to.include('/portal/forgot')
    expect(await world.db('audit_events').where({ action: 'portal-user.password-voided' })).to.have.length(1)
    await resetByMail(world, 'copper lantern friday')
    const ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', 'copper lantern friday')
    await enterCode(ada, codeOf(world, key))
    expect(ada.h1).to.equal('Orders')
  })

  it('begins anew with new sign-in details from the office', async () => {
    const thief = world.browser()
    await signInToPortal(thief, 'ada.okafor', OWN_PASSWORD)
    await almostAHundred(world, thief)
    await enterCode(thief, '123456')
    expect(await world.db('sign_in_attempts').whereNot({ failures: 1 })).to.have.length(2)

    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/portal-users/1/resend')
    await admin.press(admin.$('main form button').first().text().trim())

    expect(await world.db('sign_in_attempts').whereNot({ failures: 1 })).to.have.length(0)
    expect(await world.db('audit_events').where({ action: 'portal-user.details-resent' })).to.have.length(1)
  })

  it('begins anew when the office takes the second factor away', async () => {
    const ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
    for (let n = 0; n < 5; n += 1) await enterCode(ada, '123456')
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/portal-users/1/second-factor')
    await admin.press('Take away the second factor')

    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
    await setUpSecondFactor(world, ada, 'portal', OWN_PASSWORD)

    expect(await world.db('second_factors')).to.have.length(1)
  })
})

async function atCode(world: World): Promise<Browser> {
  const browser = world.browser()
  await signIn(browser)
  expect(browser.h1).to.equal('Enter the code from your app')
  return browser
}

async function signIn(browser: Browser, password = STAFF_PASSWORD): Promise<void> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', ROSA)
  browser.fill('Password', password)
  await browser.press('Sign in')
}

/** One wrong code, which is the ninety-ninth in a row. */
async function almostAHundred(world: World, browser: Browser): Promise<void> {
  await enterCode(browser, '123456')
  await world.db('sign_in_attempts').update({ failures: 99, locked_until: 0 })
}

async function resetByMail(world: World, password: string): Promise<void> {
  const link = await world.db.transaction(trx =>
    newPasswordLink(trx, world.deps, { portalUserId: 1, lastsMs: 3_600_000 }, world.now()),
  )
  const browser = world.browser()
  await browser.open(new URL(link.url).pathname)
  browser.fill('New password', password)
  await browser.press('Change password')
}

function mailsOf(world: World, did: string): Promise<string[]> {
  return world
    .db('emails')
    .where({ template: `second-factor-${did}` })
    .orderBy('id')
    .pluck<string[]>('masked_text')
}

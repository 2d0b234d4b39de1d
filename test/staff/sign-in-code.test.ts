import { expect } from 'chai'
import type { Router } from 'express'
import { stepOf } from '../../src/core/second-factor/keys.ts'
import { disableMember } from '../../src/core/team/members.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import { staffFace } from '../../src/web/staff/index.ts'
import type { Browser } from '../support/browser.ts'
import { codeOf, enterCode, setUpSecondFactor } from '../support/second-factor.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const ROSA = 'rosa.marsh.1@office.example'
const WRONG = 'Enter the code that your app shows now. Each code works once'
const MINUTE = 60_000

describe('The second step of signing in as staff', () => {
  let world: World
  let key: string
  let codes: string[]
  beforeEach(async () => {
    world = await aWorld()
    const first = await world.signedInStaff()
    ;({ key, codes } = await setUpSecondFactor(world, first, 'staff', STAFF_PASSWORD))
  })
  afterEach(() => world.end())

  it('comes after the right password, leads where one wanted to go, and is written in the log once', async () => {
    const browser = world.browser()
    await browser.open('/staff/companies?q=acme')
    browser.fill('Email address', ROSA)
    browser.fill('Password', STAFF_PASSWORD)
    await browser.press('Sign in')
    expect(browser.$('#code').attr('autocomplete')).to.equal('one-time-code')
    expect(browser.$('#code').attr('inputmode')).to.equal('numeric')

    await enterCode(browser, codeOf(world, key).replace(/^.../, '$& '))

    expect(browser.path).to.equal('/staff/companies?q=acme')
    const lines = await world.db('audit_events').where({ action: 'staff.signed-in' }).orderBy('id').pluck('data')
    expect(lines).to.deep.equal(['{}', '{"secondFactor":"app"}'])
  })

  it('opens nothing before the code is entered: every page answers as to a stranger', async () => {
    const [pending, stranger] = [await atSecondStep(world), world.browser()]
    const before = await world.db('audit_events').where({ action: 'staff.signed-in' })

    for (const path of getPaths(world)) {
      const asked = `/staff${path.replace(/:\w+/g, '1')}`
      const [one, other] = [await pending.raw('GET', asked), await stranger.raw('GET', asked)]
      if (path.startsWith('/sign-in/')) continue
      expect([one.status, one.headers.get('location')], path).to.deep.equal([
        other.status,
        other.headers.get('location'),
      ])
    }

    expect(await world.db('audit_events').where({ action: 'staff.signed-in' })).to.have.length(before.length)
  }).timeout(60_000)

  it('is not a place one is signed in at', async () => {
    await atSecondStep(world)
    const inside = await atSecondStep(world)
    await enterCode(inside, codeOf(world, key))

    await inside.open('/staff/sessions')

    expect(inside.text).to.include('2 places')
  })

  it('has a session id nobody knew before, and another one once it is done', async () => {
    const browser = await atSecondStep(world)
    const pending = browser.cookies.value('portico_staff')

    await enterCode(browser, codeOf(world, key))

    expect(pending).to.be.a('string')
    expect(browser.cookies.value('portico_staff')).not.to.equal(pending)
    const old = world.browser()
    old.cookies.set('portico_staff', pending ?? '')
    await old.open('/staff/sign-in/code')
    expect(old.status).to.equal(401)
  })

  it('takes a code once only, not even in another browser', async () => {
    const [one, two] = [await atSecondStep(world), await atSecondStep(world)]
    await enterCode(one, codeOf(world, key))

    await enterCode(two, codeOf(world, key))

    expect(one.path).to.match(/^\/staff\/contacts/)
    expect(two.status).to.equal(401)
    expect(two.errors()).to.deep.equal([WRONG])
  })

  it('takes a code once when four enter it at the same moment', async () => {
    const browsers = await Promise.all(Array.from({ length: 4 }, () => atSecondStep(world)))

    const code = codeOf(world, key)
    await Promise.all(browsers.map(browser => browser.post('/staff/sign-in/code', { code })))

    const inside = browsers.filter(browser => browser.path.startsWith('/staff/contacts'))
    expect(inside).to.have.length(1)
  })

  it('takes no code that is older than the last one taken', async () => {
    const [one, two] = [await atSecondStep(world), await atSecondStep(world)]
    await enterCode(one, codeOf(world, key, 1))

    await enterCode(two, codeOf(world, key))

    expect([one.status, two.status]).to.deep.equal([200, 401])
  })

  for (const [steps, status] of [
    [-2, 401],
    [-1, 200],
    [1, 200],
    [2, 401],
  ] as const) {
    it(`${status === 200 ? 'bears' : 'does not bear'} a clock that is ${String(steps * 30)} seconds off`, async () => {
      world.later(5 * MINUTE)
      const browser = await atSecondStep(world)

      await enterCode(browser, codeOf(world, key, steps))

      expect(browser.status).to.equal(status)
    })
  }

  it('takes each recovery code once, however it is spelled, and says how many are left', async () => {
    const [one, two] = [await atSecondStep(world), await atSecondStep(world)]
    await enterRecoveryCode(one, ` ${(codes[0] ?? '').toUpperCase().replace('-', ' ')} `)

    await enterRecoveryCode(two, codes[0] ?? '')

    expect(one.text).to.include('You are signed in, and have 9 recovery codes left.')
    expect(two.status).to.equal(401)
    expect(two.errors()).to.deep.equal(['Enter a recovery code that you have not used yet'])
    const line = await world.db('audit_events').where({ action: 'staff.signed-in' }).orderBy('id', 'desc').first('data')
    expect(line).to.deep.equal({ data: '{"secondFactor":"recovery-code"}' })
  })

  it('does not take the recovery codes of a colleague', async () => {
    const other = await world.signedInStaff()
    const theirs = await setUpSecondFactor(world, other, 'staff', STAFF_PASSWORD)
    const browser = await atSecondStep(world)

    await enterRecoveryCode(browser, theirs.codes[0] ?? '')

    expect(browser.status).to.equal(401)
    expect(await world.db('recovery_codes')).to.have.length(20)
  })

  it('makes people wait after five wrong codes, which the log tells of, and the right one waits too', async () => {
    const browser = await atSecondStep(world)
    for (let n = 0; n < 5; n += 1) await enterCode(browser, '123456')
    expect(browser.status).to.equal(401)

    const another = await atSecondStep(world)
    await enterCode(another, codeOf(world, key))
    expect(another.status).to.equal(429)
    expect(another.errors()).to.deep.equal(['Too many tries. Wait 1 minute and try again.'])

    world.later(31_000)
    await enterCode(another, codeOf(world, key))
    expect(another.path).to.match(/^\/staff\/contacts/)
    const failed = await world.db('audit_events').where({ action: 'staff.sign-in-failed' }).pluck('subject_id')
    expect(failed).to.deep.equal([1, 1, 1, 1, 1])
  })

  it('makes one address wait after ten tries, whoever is at the door', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 4; n += 1) {
      const browser = await atSecondStep(world)
      for (let m = 0; m < 3; m += 1) {
        await browser.post('/staff/sign-in/code', { code: '123456' }, { 'x-forwarded-for': '10.9.9.9' })
        statuses.push(browser.status)
        await world.db('sign_in_attempts').delete()
      }
    }

    expect(statuses.slice(0, 10)).to.deep.equal(Array(10).fill(401))
    expect(statuses.slice(10)).to.deep.equal([429, 429])
  })

  it('is over after five minutes: the password is asked for again', async () => {
    const browser = await atSecondStep(world)
    world.later(5 * MINUTE)

    await enterCode(browser, codeOf(world, key))

    expect(browser.status).to.equal(401)
    expect(browser.h1).to.equal('Sign in')
    expect(browser.text).to.include('Enter your password again: there are five minutes to enter the code after it.')
    await browser.open('/staff/contacts')
    expect(browser.path).to.match(/^\/staff\/sign-in/)
  })

  it('ends for somebody who is disabled, or signed out everywhere, at that very moment', async () => {
    const admin = await world.aStaff('Ann Admin', 'admin')
    const ann = await staffById(world.db, admin.id)
    if (!ann) throw new Error('Ann is an administrator')
    const rosa = await world.db('staff_users').where({ email: ROSA }).first<{ id: number }>('id')
    const browser = await atSecondStep(world)

    await disableMember(world.db, ann, rosa.id, world.now())
    await enterCode(browser, codeOf(world, key))

    expect(browser.status).to.equal(401)
    expect(browser.h1).to.equal('Sign in')
  })

  it('is not got around by a link for a new password', async () => {
    const admin = await world.signedInStaff('admin')
    const rosa = await world.db('staff_users').where({ email: ROSA }).first<{ id: number }>('id')
    await admin.open(`/staff/team/${String(rosa.id)}`)
    await admin.press('Make a link for a new password')
    const link = admin.$('main code').first().text()
    const browser = world.browser()
    await browser.open(link)
    browser.fill('New password', 'winter harvest trumpet')
    await browser.press('Save password')

    await signIn(browser, 'winter harvest trumpet')

    expect(browser.h1).to.equal('Enter the code from your app')
    expect(await world.db('second_factors')).to.have.length(1)
  })

  it('leads home whoever is in already', async () => {
    const browser = await atSecondStep(world)
    await enterCode(browser, codeOf(world, key))

    await browser.open('/staff/sign-in/code')

    expect(browser.path).to.match(/^\/staff\/contacts/)
  })

  it('answers a hostile form with the same page', async () => {
    const browser = await atSecondStep(world)

    for (const fields of [
      {},
      { code: '' },
      { 'code[]': '1' },
      { code: 'x'.repeat(10_000) },
      { code: '１２３４５６' },
    ]) {
      await world.db('sign_in_attempts').delete()
      await browser.post('/staff/sign-in/code', fields)
      expect([browser.status, browser.h1], JSON.stringify(fields).slice(0, 40)).to.deep.equal([
        401,
        'Enter the code from your app',
      ])
    }
  })
})

describe('The codes of apps', () => {
  // RFC 6238, appendix B, for SHA-1, cut to six digits.
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ] as const) {
    it(`are those of the standard at ${String(seconds)} seconds`, () => {
      const key = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

      expect(stepOf(key, code, seconds * 1000)).to.equal(Math.floor(seconds / 30))
    })
  }
})

/** Somebody with a browser of their own who has given the right password. */
async function atSecondStep(world: World): Promise<Browser> {
  const browser = world.browser()
  await signIn(browser, STAFF_PASSWORD)
  expect(browser.h1).to.equal('Enter the code from your app')
  return browser
}

async function signIn(browser: Browser, password: string): Promise<void> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', ROSA)
  browser.fill('Password', password)
  await browser.press('Sign in')
}

async function enterRecoveryCode(browser: Browser, code: string): Promise<void> {
  await browser.click('Enter a recovery code instead')
  browser.fill('Recovery code', code)
  await browser.press('Sign in')
}

/** The path of every page of the office, as its router knows them. */
function getPaths(world: World): string[] {
  const face: Router = staffFace({ ...world.deps, wakeWorker: () => undefined })
  return face.stack.flatMap(({ route }) =>
    route && 'get' in (route as unknown as { methods: object }).methods ? [route.path] : [],
  )
}

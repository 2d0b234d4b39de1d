import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { codeOf, enterCode, keyOn, setUpSecondFactor } from '../support/second-factor.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const ROSA = 'rosa.marsh.1@office.example'
const WRONG_CODE = 'Enter the code that your app shows now. Each code works once'

describe('One’s own second factor as staff', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is not for strangers', async () => {
    const browser = world.browser()

    await browser.open('/staff/second-factor/set-up')

    expect(browser.path).to.equal('/staff/sign-in?next=%2Fstaff%2Fsecond-factor%2Fset-up')
  })

  it('is found from the settings, shows a picture and a key to type, and is asked for from then on', async () => {
    const browser = await world.signedInStaff('viewer')
    await browser.open('/staff/settings')
    await browser.click('Second factor')
    await browser.click('Set up a second factor')

    const key = keyOn(browser)
    expect(key).to.match(/^[A-Z2-7]{32}$/)
    expect(browser.$('main code').first().text()).to.match(/^(\w{4} ){7}\w{4}$/)
    expect(browser.$('svg.qr').attr('aria-label')).to.equal('QR picture of the key below')
    expect(browser.$('a[href^="otpauth:"]').attr('href')).to.include(`secret=${key}`).and.to.include('Harbour')
    browser.fill('Code from your app', codeOf(world, key))
    browser.fill('Your password', STAFF_PASSWORD)
    await browser.press('Turn on the second factor')

    expect(browser.h1).to.equal('Your recovery codes')
    expect(browser.$('main li code')).to.have.length(10)
    world.later(30_000)
    const elsewhere = await atSecondStep(world)
    expect(elsewhere.h1).to.equal('Enter the code from your app')
    await enterCode(elsewhere, codeOf(world, key))
    expect(elsewhere.path).to.match(/^\/staff\/contacts/)
  })

  it('keeps this browser signed in under a new session, and signs every other out', async () => {
    const browser = await world.signedInStaff()
    const before = browser.cookies.value('portico_staff')
    const elsewhere = world.browser()
    await signIn(elsewhere)

    await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)

    expect(browser.cookies.value('portico_staff')).not.to.equal(before)
    await elsewhere.open('/staff/contacts')
    expect(elsewhere.path).to.match(/^\/staff\/sign-in/)
  })

  it('is written in the log and told by mail, once for each change', async () => {
    const browser = await world.signedInStaff()
    const { key, codes } = await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)

    await prove(browser, 'new-codes', 'Make new recovery codes', codeOf(world, key))
    await prove(browser, 'turning-off', 'Turn off the second factor', freshCode(browser))

    const actions = await world.db('audit_events').orderBy('id').pluck<string[]>('action')
    expect(actions.filter(action => /factor|recovery/.test(action))).to.deep.equal([
      'staff.second-factor-turned-on',
      'staff.recovery-codes-made',
      'staff.second-factor-turned-off',
    ])
    const mails = await world.db('emails').orderBy('id').select('to_email', 'template')
    expect(mails).to.deep.equal([
      { to_email: ROSA, template: 'second-factor-turned-on' },
      { to_email: ROSA, template: 'second-factor-codes-made' },
      { to_email: ROSA, template: 'second-factor-turned-off' },
    ])
    expect(codes).to.have.length(10)
    expect(await world.db('second_factors').select()).to.deep.equal([])
    expect(await world.db('recovery_codes').select()).to.deep.equal([])
  })

  it('stores neither the key nor a recovery code, in the session as little as in its table', async () => {
    const browser = await world.signedInStaff()

    const { key, codes } = await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)

    const tables = ['second_factors', 'recovery_codes', 'sessions', 'emails', 'audit_events']
    const rows = await Promise.all(tables.map(table => world.db(table).select()))
    const kept = JSON.stringify(rows)
    expect(codes).to.have.length(10)
    for (const secret of [key, ...codes]) expect(kept).not.to.include(secret)
  })

  for (const [what, fields, message] of [
    ['a wrong password', { password: 'not this one' }, 'Enter the password you sign in with now'],
    ['a wrong code', { code: '000000' }, WRONG_CODE],
    ['no code', { code: '' }, WRONG_CODE],
    ['a key of somebody else', { offer: 'forged' }, /^The key you were shown is too old/],
  ] as const) {
    it(`is not turned on with ${what}, and the page says what to do`, async () => {
      const browser = await world.signedInStaff()
      await browser.open('/staff/second-factor/set-up')
      const key = keyOn(browser)
      const offer = browser.$('input[name=offer]').attr('value') ?? ''

      const good = { offer, code: codeOf(world, key), password: STAFF_PASSWORD }
      await browser.post('/staff/second-factor/set-up', { ...good, ...fields })

      expect(browser.status).to.equal(422)
      expect(browser.errors().join()).to.match(message instanceof RegExp ? message : new RegExp(`^${message}$`))
      expect(keyOn(browser) === key).to.equal(!('offer' in fields))
      expect(await world.db('second_factors').select()).to.deep.equal([])
    })
  }

  it('cannot be set up with the key that another session was shown, nor with one of yesterday', async () => {
    const [rosa, mal] = [await world.signedInStaff(), await world.signedInStaff()]
    await mal.open('/staff/second-factor/set-up')
    const fields = {
      offer: mal.$('input[name=offer]').attr('value') ?? '',
      code: codeOf(world, keyOn(mal)),
      password: STAFF_PASSWORD,
    }
    await rosa.open('/staff/second-factor/set-up')

    await rosa.post('/staff/second-factor/set-up', fields)
    expect(rosa.errors().join()).to.match(/too old/)
    world.later(3_600_001)
    await mal.post('/staff/second-factor/set-up', { ...fields, code: codeOf(world, keyOn(mal)) })

    expect(mal.errors().join()).to.match(/too old/)
  })

  it('is turned on once, however often the button is pressed', async () => {
    const browser = await world.signedInStaff()
    await browser.open('/staff/second-factor/set-up')
    browser.fill('Code from your app', codeOf(world, keyOn(browser)))
    browser.fill('Your password', STAFF_PASSWORD)

    await browser.press('Turn on the second factor')
    browser.back()
    await browser.press('Turn on the second factor')
    await browser.open('/staff/second-factor')

    expect(browser.text).to.include('Your second factor is on').and.to.include('10 of 10')
    expect(await world.db('second_factors')).to.have.length(1)
  })

  it('shows the recovery codes until the person has them, as a text file too, and never again', async () => {
    const browser = await world.signedInStaff()
    const { codes } = await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)

    const file = await browser.download('Save them as a text file')
    await browser.press('I have kept them')
    await browser.open('/staff/second-factor/codes')

    expect(file.text.split('\n').filter(line => /^\w{5}-\w{5}$/.test(line))).to.deep.equal(codes)
    expect(file.headers.get('cache-control')).to.equal('no-store')
    expect(browser.path).to.equal('/staff/second-factor')
    expect(browser.html).not.to.include(codes[0])
  })

  it('shows the recovery codes for ten minutes at most', async () => {
    const browser = await world.signedInStaff()
    await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)

    world.later(600_001)
    await browser.open('/staff/second-factor/codes')

    expect(browser.path).to.equal('/staff/second-factor')
  })

  it('gets new recovery codes in the place of the old ones', async () => {
    const browser = await world.signedInStaff()
    const { key, codes } = await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)

    await prove(browser, 'new-codes', 'Make new recovery codes', codeOf(world, key))

    const fresh = browser.$('main li code').first().text()
    expect(await world.db('recovery_codes')).to.have.length(10)
    const [old, now] = [await atSecondStep(world), await atSecondStep(world)]
    await enterRecoveryCode(old, codes[0] ?? '')
    await enterRecoveryCode(now, fresh)
    expect([old.status, now.h1]).to.deep.equal([401, 'Second factor'])
  })

  it('is turned off with the password and a code only', async () => {
    const browser = await world.signedInStaff()
    const { key } = await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)

    await prove(browser, 'turning-off', 'Turn off the second factor', codeOf(world, key), 'not this one')
    expect(browser.errors()).to.deep.equal(['Enter the password you sign in with now'])
    await prove(browser, 'turning-off', 'Turn off the second factor', '123456')
    expect(browser.errors()).to.deep.equal([WRONG_CODE])
    await prove(browser, 'turning-off', 'Turn off the second factor', codeOf(world, key))

    expect(browser.text).to.include('Your second factor is off')
    const elsewhere = await atSecondStep(world)
    expect(elsewhere.path).to.match(/^\/staff\/contacts/)
  })

  it('counts wrong codes and passwords as tries, so that an open screen is no place to guess', async () => {
    const browser = await world.signedInStaff()
    const { key } = await setUpSecondFactor(world, browser, 'staff', STAFF_PASSWORD)
    for (let n = 0; n < 5; n += 1) await prove(browser, 'turning-off', 'Turn off the second factor', '123456')

    await prove(browser, 'turning-off', 'Turn off the second factor', codeOf(world, key))

    expect(browser.status).to.equal(429)
    expect(browser.errors().join()).to.match(/^Too many tries\. Wait \d+ minutes? and try again\.$/)
    expect(await world.db('second_factors')).to.have.length(1)
  })
})

/** Somebody with a browser of their own who has given the right password. */
async function atSecondStep(world: World): Promise<Browser> {
  const browser = world.browser()
  await signIn(browser)
  return browser
}

async function signIn(browser: Browser): Promise<void> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', ROSA)
  browser.fill('Password', STAFF_PASSWORD)
  await browser.press('Sign in')
}

async function enterRecoveryCode(browser: Browser, code: string): Promise<void> {
  await browser.click('Enter a recovery code instead')
  browser.fill('Recovery code', code)
  await browser.press('Sign in')
}

/** One of the recovery codes on the page that is open. */
function freshCode(browser: Browser): string {
  return browser.$('main li code').first().text()
}

async function prove(
  browser: Browser,
  act: string,
  button: string,
  code: string,
  password = STAFF_PASSWORD,
): Promise<void> {
  await browser.open(`/staff/second-factor/${act}`)
  browser.fill('Your password', password)
  browser.fill('Code from your app, or a recovery code', code)
  await browser.press(button)
}

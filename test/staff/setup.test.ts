import { expect } from 'chai'
import { newSetupToken } from '../../src/core/team/accounts.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

const PASSWORD = 'velvet harbour tuesday'
const CLOSED = 'This set-up link does not work any more'

describe('Setting up the first administrator', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('makes an administrator who can sign in, once', async () => {
    const token = await newSetupToken(world.db, world.now())
    const browser = world.browser()

    await setUp(browser, token, 'ida@office.example')
    await browser.open(`/staff/setup/${token}`)

    expect(browser.status).to.equal(410)
    expect(browser.h1).to.equal(CLOSED)
    expect(await world.db('staff_users').select('name', 'email', 'role')).to.deep.equal([
      { name: 'Ida First', email: 'ida@office.example', role: 'admin' },
    ])
    await browser.open('/staff/sign-in')
    browser.fill('Email address', 'ida@office.example')
    browser.fill('Password', PASSWORD)
    await browser.press('Sign in')
    expect(browser.path).to.match(/^\/staff\/contacts/)
  })

  it('changes nothing when the link is only opened, however often', async () => {
    const token = await newSetupToken(world.db, world.now())
    const before = await world.db('sign_in_links').select()

    for (const method of ['GET', 'HEAD', 'GET']) {
      expect((await world.browser().raw(method, `/staff/setup/${token}`)).status).to.equal(200)
    }

    expect(await world.db('sign_in_links').select()).to.deep.equal(before)
  })

  it('works for an hour and not a moment longer', async () => {
    const token = await newSetupToken(world.db, world.now())
    const browser = world.browser()

    world.later(3_590_000)
    await browser.open(`/staff/setup/${token}`)
    expect(browser.status).to.equal(200)

    world.later(10_000)
    await browser.open(`/staff/setup/${token}`)
    expect(browser.status).to.equal(410)
  })

  it('is over as soon as there is anybody of staff', async () => {
    const token = await newSetupToken(world.db, world.now())
    await world.aStaff('Rosa Marsh', 'viewer')
    const browser = world.browser()

    await browser.open(`/staff/setup/${token}`)

    expect(browser.status).to.equal(410)
  })

  it('takes only the link of the latest start', async () => {
    const first = await newSetupToken(world.db, world.now())
    const second = await newSetupToken(world.db, world.now())

    expect((await world.browser().raw('GET', `/staff/setup/${first}`)).status).to.equal(410)
    expect((await world.browser().raw('GET', `/staff/setup/${second}`)).status).to.equal(200)
  })

  it('makes one administrator of two who press at once', async () => {
    const token = await newSetupToken(world.db, world.now())
    const browsers = Array.from({ length: 8 }, () => world.browser())
    for (const browser of browsers) await browser.open(`/staff/setup/${token}`)

    await Promise.all(
      browsers.map((browser, index) =>
        browser.post(`/staff/setup/${token}`, {
          name: 'Ida',
          email: `ida${String(index)}@office.example`,
          password: PASSWORD,
        }),
      ),
    )

    expect(await world.db('staff_users').select('id')).to.have.length(1)
    expect(browsers.map(browser => browser.status).toSorted((a, b) => a - b)).to.deep.equal([
      200,
      ...Array<number>(7).fill(410),
    ])
  })

  it('says what is missing and spends nothing then', async () => {
    const token = await newSetupToken(world.db, world.now())
    const browser = world.browser()
    await browser.open(`/staff/setup/${token}`)

    await browser.press('Create')

    expect(browser.status).to.equal(422)
    expect(browser.errors()[0]).to.equal('Enter your name')
    expect(browser.errors()).to.have.length(3)
    await setUp(browser, token, 'ida@office.example')
    expect(await world.db('staff_users').select('id')).to.have.length(1)
  })

  for (const token of ['', 'x', 'a'.repeat(42), 'a'.repeat(43), 'a'.repeat(44), '[object Object]', '%00']) {
    it(`is closed to the key “${token}”`, async () => {
      await newSetupToken(world.db, world.now())

      const reply = await world.browser().raw('GET', `/staff/setup/${encodeURI(token)}`)

      expect(reply.status).to.be.oneOf([410, 404, 303])
      expect(reply.text).not.to.include('<form')
    })
  }
})

async function setUp(browser: Browser, token: string, email: string): Promise<void> {
  await browser.open(`/staff/setup/${token}`)
  browser.fill('Your name', 'Ida First')
  browser.fill('Email address', email)
  browser.fill('Password', PASSWORD)
  await browser.press('Create')
}

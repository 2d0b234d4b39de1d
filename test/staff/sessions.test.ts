import { expect } from 'chai'
import { Browser } from '../support/browser.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'

describe('Where one is signed in', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is shown to staff, this place first, with browser, address and times', async () => {
    const here = await world.signedInStaff('viewer')
    await staffElsewhere(FIREFOX)
    await world.signedInStaff('viewer')

    await here.click('Settings')
    await here.click('Where you are signed in')

    expect(here.tableRows().map(row => row[0])).to.deep.equal(['Browser not known This one', 'Firefox on Windows'])
    expect(here.tableRows()[1]?.[1]).to.match(/^[\da-f.:]+$/)
    expect(here.text).to.include('2 places')
  })

  it('ends elsewhere at once, twice without harm', async () => {
    const here = await world.signedInStaff('viewer')
    const elsewhere = await staffElsewhere(FIREFOX)
    await here.open('/staff/sessions')
    const key = here.$('input[name=session]').attr('value') ?? ''

    await here.press('Sign out of place 2, Firefox on Windows')
    expect(here.text).to.include('You are signed out there.')
    await elsewhere.open('/staff/contacts')
    expect(elsewhere.path).to.match(/^\/staff\/sign-in/)
    await here.post('/staff/sessions/ending', { session: key })

    expect(here.text).to.include('Nothing was changed')
    expect(here.tableRows()).to.have.length(1)
  })

  it('cannot be ended by anybody else', async () => {
    const here = await world.signedInStaff('viewer')
    await staffElsewhere(FIREFOX)
    await here.open('/staff/sessions')
    const key = here.$('input[name=session]').attr('value') ?? ''
    const other = await world.signedInStaff('admin')
    await aPortalUser(world, { name: 'Ada Okafor' })
    const customer = world.browser()
    await signInToPortal(customer, 'ada.okafor', OWN_PASSWORD)

    for (const [browser, path] of [
      [other, '/staff'],
      [customer, '/portal'],
    ] as const) {
      await browser.open(`${path}/sessions`)
      await browser.post(`${path}/sessions/ending`, { session: key })
      expect(browser.text).to.include('Nothing was changed')
    }
    expect(await world.db('sessions').where({ sid_hash: key })).to.have.length(1)
  })

  it('ends everywhere else for a customer, whom the number of the same member of staff is not', async () => {
    const staff = await world.signedInStaff('viewer')
    await aPortalUser(world, { name: 'Ada Okafor' })
    const [here, phone] = [world.browser(), new Browser(world.base, { headers: { 'user-agent': CHROME } })]
    for (const browser of [here, phone]) await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    await here.click('Password')
    await here.click('Where you are signed in')
    expect(here.tableRows().map(row => row[0])).to.deep.equal(['Browser not known This one', 'Chrome on Linux'])
    await here.press('Sign out everywhere else')

    expect(here.text).to.include('You are signed out in 1 other place.')
    await phone.open('/portal/home')
    expect(phone.path).to.match(/^\/portal\/sign-in/)
    await staff.open('/staff/contacts')
    expect(staff.status).to.equal(200)
    expect(await world.db('audit_events').where({ action: 'portal-user.own-sessions-ended' })).to.have.length(1)
  })

  async function staffElsewhere(userAgent: string): Promise<Browser> {
    const browser = new Browser(world.base, { headers: { 'user-agent': userAgent } })
    await browser.open('/staff/sign-in')
    browser.fill('Email address', 'rosa.marsh.1@office.example')
    browser.fill('Password', STAFF_PASSWORD)
    await browser.press('Sign in')
    return browser
  }
})

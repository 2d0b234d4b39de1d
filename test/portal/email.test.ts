import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { askForLink, confirmingLink, idle, mailedLink } from '../support/inbox.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const NEW = 'ada@new.example'

describe('Changing one’s own email address', () => {
  let world: World
  let browser: Browser
  beforeEach(async () => {
    world = await aWorld()
    await aPortalUser(world, { name: 'Ada Okafor' })
    browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
  })
  afterEach(() => world.end())

  async function ask(email: string, password = OWN_PASSWORD): Promise<void> {
    await browser.open('/portal/password')
    await browser.click('Change your email address')
    browser.fill('Password now', password)
    browser.fill('New email address', email)
    await browser.press('Send the link')
  }

  async function confirm(link: string, password = OWN_PASSWORD): Promise<Browser> {
    const other = world.browser()
    await other.open(link)
    if (other.status === 200) {
      other.fill('Password now', password)
      await other.press('Confirm')
    }
    return other
  }

  it('needs the password and an address that is new and nobody’s', async () => {
    await aPortalUser(world, { name: 'Bea Nogueira', email: 'bea@acme.example' })

    await ask(NEW, 'not my password')
    expect(browser.errors()).to.deep.equal(['Enter the password you sign in with now'])
    await ask('not an address')
    expect(browser.errors()).to.deep.equal(['Enter an email address like name@example.com'])
    await ask('Ada.Okafor@customer.example')
    expect(browser.errors()[0]).to.include('This is the email address you have now.')
    await ask('BEA@acme.example')
    expect(browser.errors()[0]).to.include('This email address cannot be used')

    expect(await world.db('email_changes')).to.deep.equal([])
    expect(await world.db('emails')).to.deep.equal([])
  })

  it('happens when the link in the new inbox is confirmed, and ends sessions and links to choose a password', async () => {
    await askForLink(world, 'ada.okafor')
    const reset = await mailedLink(world)
    await ask(NEW)
    expect(browser.text).to.include(`Look in the inbox of ${NEW} for a link to confirm it.`)
    expect(browser.text).to.include(`${NEW} waits to be confirmed until`)

    const other = await confirm(await confirmingLink(world, NEW))

    expect(other.text).to.include('Your new email address is confirmed.')
    await browser.open('/portal/home')
    expect(browser.h1).to.match(/^Sign in/)
    await other.open(reset)
    expect(other.status).to.equal(410)
    await signInToPortal(other, NEW, OWN_PASSWORD)
    expect(other.h1).to.equal('Welcome, Ada')
    const said = await world.db('audit_events').where('action', 'like', 'portal-user.email-%').orderBy('id')
    expect((said as { action: string }[]).map(event => event.action)).to.deep.equal([
      'portal-user.email-change-asked',
      'portal-user.email-changed',
    ])
  })

  it('is not done by opening the link, however often, nor with a wrong password', async () => {
    await ask(NEW)
    const link = await confirmingLink(world, NEW)
    const before = await world.db('email_changes').first()

    for (const method of ['HEAD', 'GET', 'HEAD', 'GET'])
      expect((await world.browser().raw(method, link)).status).to.equal(200)
    const other = await confirm(link, '')
    expect(other.errors()).to.deep.equal(['Enter the password you sign in with now'])

    expect(await world.db('email_changes').first()).to.deep.equal(before)
  })

  it('can be given up before it is confirmed, and twice does no harm', async () => {
    await ask(NEW)
    const link = await confirmingLink(world, NEW)

    await browser.press('Give up this change')
    browser.back()
    await browser.press('Give up this change')

    expect(browser.text).to.include('Nothing waits to be confirmed any more: you sign in as before.')
    expect((await confirm(link)).h1).to.equal('This change was given up')
  })

  it('says what became of a link that does not open', async () => {
    await ask('ada@first.example')
    const first = await confirmingLink(world, 'ada@first.example')
    await ask(NEW)
    const second = await confirmingLink(world, NEW)
    expect((await confirm(first)).h1).to.equal('A newer link was sent')
    await confirm(second)
    const third = await confirm(second)
    expect([third.status, third.h1]).to.deep.equal([410, 'This link has already been used'])

    const unknown = await confirm(`/portal/confirm-email/${'a'.repeat(43)}`)
    expect([unknown.status, unknown.h1]).to.deep.equal([404, 'This link is not valid'])
    await signInToPortal(browser, NEW, OWN_PASSWORD)
    await ask('ada@third.example')
    world.later(30 * 60_000)

    const late = await confirm(await confirmingLink(world, 'ada@third.example'))
    expect([late.status, late.h1]).to.deep.equal([410, 'This link has expired'])
  })

  it('is done once when eight people confirm at the same moment', async () => {
    await ask(NEW)
    const link = await confirmingLink(world, NEW)
    const browsers = Array.from({ length: 8 }, () => world.browser())
    for (const one of browsers) await one.open(link)

    await Promise.all(browsers.map(one => one.post(link, { password: OWN_PASSWORD })))

    const done = browsers.filter(one => one.path === '/portal/sign-in?email=changed')
    expect(done).to.have.length(1)
    await idle(world)
    expect(await world.db('emails').where({ template: 'email-changed' })).to.have.length(1)
    expect(browsers.filter(one => one.status >= 500)).to.deep.equal([])
  })

  it('slows down guessing at the password', async () => {
    for (let n = 0; n < 12; n += 1) await ask(NEW, `guess ${String(n)}`)

    expect(browser.status).to.equal(429)
    expect(browser.errors()[0]).to.include('Too many tries.')
  })
})

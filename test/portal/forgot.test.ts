import { expect } from 'chai'
import { askForLink, idle, mailedLink, newestMail } from '../support/inbox.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const MINUTE = 60_000
const NEW_PASSWORD = 'copper lantern friday'
const SENT = 'If an account uses that name, we have sent a link to its email address. It works once, for 60 minutes.'

describe('Forgetting a password', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is mended by a link in a mail to the stored address, all the way to signing in again', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor', username: 'ada' })
    const before = world.browser()
    await signInToPortal(before, 'ada', OWN_PASSWORD)
    const browser = world.browser()
    await browser.open('/portal/sign-in')
    await browser.click('I forgot my password')
    browser.fill('Username', 'ADA')
    await browser.press('Send me a link')
    expect(browser.text).to.include(SENT)

    await browser.open(await mailedLink(world))
    expect(browser.headers.get('cache-control')).to.equal('no-store')
    browser.fill('New password', NEW_PASSWORD)
    await browser.press('Change password')

    expect(browser.path).to.equal('/portal/sign-in?password=changed')
    expect(browser.text).to.include('Your password has been changed. Sign in with it.')
    await before.open('/portal/home')
    expect(before.path).to.match(/^\/portal\/sign-in/)
    await signInToPortal(browser, 'ada', NEW_PASSWORD)
    expect(browser.h1).to.equal('Welcome, Ada')
    const mails = await world.db('emails').orderBy('id').select('template', 'to_email', 'portal_user_id')
    expect(mails).to.deep.equal(
      ['password-reset', 'password-changed'].map(template => ({
        template,
        to_email: ada.email,
        portal_user_id: ada.id,
      })),
    )
    expect(await world.db('audit_events').where({ action: 'portal-user.password-reset' })).to.have.length(1)
  })

  it('answers everybody alike, and writes only to active people who have an address', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const dora = await aPortalUser(world, { name: 'Dora Disabled' })
    await aPortalUser(world, { name: 'Nora Nomail', email: null })
    await world.db('portal_users').where({ id: dora.id }).update({ status: 'disabled' })

    const bodies = []
    for (const name of [
      'ada.okafor',
      'dora.disabled',
      'nora.nomail',
      'nobody',
      'mıke@customer.example',
      '😀'.repeat(200),
    ]) {
      const browser = await askForLink(world, name)
      expect(browser.redirects, name).to.deep.equal(['/portal/forgot/sent'])
      bodies.push(browser.html)
    }

    expect(new Set(bodies).size).to.equal(1)
    await idle(world)
    expect(await world.db('emails').pluck('to_email')).to.deep.equal(['ada.okafor@customer.example'])
    expect(await world.db('jobs').where({ kind: 'portal-reset' })).to.have.length(6)
  })

  it('lets those in again whose temporary password has run out', async () => {
    await aPortalUser(world, { name: 'Theo Temple', own: false })
    world.later(8 * 24 * 60 * MINUTE)
    const browser = await askForLink(world, 'theo.temple@customer.example')

    await browser.open(await mailedLink(world))
    browser.fill('Password', NEW_PASSWORD)
    await browser.press('Save password')

    await signInToPortal(browser, 'theo.temple', NEW_PASSWORD)
    expect(browser.h1).to.equal('Welcome, Theo')
  })

  it('sends three mails an hour to one account, whatever name is typed, and ten to one network address', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    for (const name of ['ada.okafor', 'ada.okafor@customer.example', 'ADA.OKAFOR', 'ada.okafor']) {
      const browser = await askForLink(world, name)
      expect(browser.text).to.include(SENT)
    }
    await idle(world)
    expect(await world.db('emails')).to.have.length(3)

    const browser = world.browser()
    for (let n = 0; n < 12; n += 1) {
      await browser.open('/portal/forgot')
      await browser.post('/portal/forgot', { username: `somebody ${String(n)}` })
      expect(browser.text).to.include(SENT)
    }
    expect(await world.db('jobs').where({ kind: 'portal-reset' })).to.have.length(3 + 10)
  })

  it('asks for a name when none is given', async () => {
    const browser = world.browser()
    await browser.open('/portal/forgot')

    await browser.press('Send me a link')

    expect(browser.status).to.equal(422)
    expect(browser.errors()).to.deep.equal(['Enter your username or email address'])
  })

  it('never believes the host a request names', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = world.browser()
    await browser.open('/portal/forgot')
    const poison = { 'x-forwarded-host': 'evil.example', 'x-host': 'evil.example', forwarded: 'host=evil.example' }

    await browser.post('/portal/forgot', { username: 'ada.okafor' }, poison)

    const text = await newestMail(world)
    const addresses = text.match(/https?:\/\/[^/\s]+/g) ?? []
    expect(new Set(addresses)).to.deep.equal(new Set([world.config.baseUrl]))
  })
})

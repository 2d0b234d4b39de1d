import { expect } from 'chai'
import { emailById } from '../../src/core/mail/list.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal, TEMPORARY_PASSWORD } from '../support/people.ts'
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
    expect(mails).to.deep.equal(['password-reset', 'password-changed'].map(template => ({ template, to_email: ada.email, portal_user_id: ada.id })))
    expect(await world.db('audit_events').where({ action: 'portal-user.password-reset' })).to.have.length(1)
  })

  it('answers everybody alike, and writes only to active people who have an address', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const dora = await aPortalUser(world, { name: 'Dora Disabled' })
    await aPortalUser(world, { name: 'Nora Nomail', email: null })
    await world.db('portal_users').where({ id: dora.id }).update({ status: 'disabled' })

    const bodies = []
    for (const name of ['ada.okafor', 'dora.disabled', 'nora.nomail', 'nobody', 'mıke@customer.example', '😀'.repeat(200)]) {
      const browser = await ask(world, name)
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
    const browser = await ask(world, 'theo.temple@customer.example')

    await browser.open(await mailedLink(world))
    browser.fill('New password', NEW_PASSWORD)
    await browser.press('Change password')

    await signInToPortal(browser, 'theo.temple', NEW_PASSWORD)
    expect(browser.h1).to.equal('Welcome, Theo')
  })

  it('sends three mails an hour to one account, whatever name is typed, and ten to one network address', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    for (const name of ['ada.okafor', 'ada.okafor@customer.example', 'ADA.OKAFOR', 'ada.okafor']) {
      const browser = await ask(world, name)
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

    const text = await mailText(world)
    const addresses = text.match(/https?:\/\/[^/\s]+/g) ?? []
    expect(new Set(addresses)).to.deep.equal(new Set([world.config.baseUrl]))
  })
})

describe('A link to choose a new password', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is not used up by looking, however often, nor by a password that is not good enough', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = await ask(world, 'ada.okafor')
    const link = await mailedLink(world)
    const before = await world.db('sign_in_links').first()

    for (let n = 0; n < 10; n += 1) {
      for (const method of ['HEAD', 'GET']) expect((await world.browser().raw(method, link)).status).to.equal(200)
    }
    await browser.open(link)
    browser.fill('New password', 'short')
    await browser.press('Change password')
    expect(browser.errors()).to.deep.equal(['Use at least 12 characters. A few words you remember work well'])

    expect(await world.db('sign_in_links').first()).to.deep.equal(before)
  })

  it('says what became of it when it is used, over, or followed by a newer one', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    await ask(world, 'ada.okafor')
    const first = await mailedLink(world)
    await ask(world, 'ada.okafor')
    const second = await mailedLink(world)

    expect(await looking(world, first)).to.deep.equal([410, 'A newer link was sent'])
    world.later(59 * MINUTE)
    expect(await looking(world, second)).to.deep.equal([200, 'Choose a new password'])
    world.later(MINUTE)
    expect(await looking(world, second)).to.deep.equal([410, 'This link has expired'])
    await ask(world, 'ada.okafor')
    const third = await mailedLink(world)
    const browser = world.browser()
    await browser.open(third)
    await browser.post(third, { password: NEW_PASSWORD })
    expect(await looking(world, third)).to.deep.equal([410, 'This link has already been used'])
    expect(await looking(world, first)).to.deep.equal([410, 'A newer link was sent'])
  })

  it('is not valid when it is none of ours', async () => {
    for (const token of ['a'.repeat(43), 'a'.repeat(42), 'a'.repeat(44), '%00', '[object Object]', "'; drop table emails"]) {
      expect(await looking(world, `/portal/reset/${encodeURIComponent(token)}`), token).to.deep.equal([404, 'This link is not valid'])
    }
  })

  it('stops working when the person is disabled or has changed the password otherwise', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    await ask(world, 'ada.okafor')
    const link = await mailedLink(world)
    await world.db('portal_users').where({ id: ada.id }).update({ status: 'disabled' })
    expect(await looking(world, link)).to.deep.equal([410, 'This link has expired'])
    await world.db('portal_users').where({ id: ada.id }).update({ status: 'active' })

    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    await browser.open('/portal/password')
    await browser.post('/portal/password', { current: OWN_PASSWORD, password: NEW_PASSWORD })

    expect(await looking(world, link)).to.deep.equal([410, 'This link has expired'])
  })

  it('is spent once when thirty-two people press the button at the same moment', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    await ask(world, 'ada.okafor')
    const link = await mailedLink(world)
    const browsers = Array.from({ length: 32 }, () => world.browser())
    for (const browser of browsers) await browser.open(link)

    await Promise.all(browsers.map((browser, n) => browser.post(link, { password: `${NEW_PASSWORD} ${String(n)}` })))

    const winners = browsers.filter(browser => browser.path === '/portal/sign-in?password=changed')
    const losers = browsers.filter(browser => browser.status === 410 && browser.h1 === 'This link has already been used')
    expect([winners.length, losers.length]).to.deep.equal([1, 31])
    const winner = world.browser()
    await signInToPortal(winner, 'ada.okafor', `${NEW_PASSWORD} ${String(browsers.indexOf(winners[0] ?? winner))}`)
    expect(winner.h1).to.equal('Welcome, Ada')
  })

  it('makes a password usable again that too many tries had put out of use', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    await signInToPortal(world.browser(), 'ada.okafor', 'wrong')
    await world.db('sign_in_attempts').update({ failures: 100 })
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    expect(browser.errors()[0]).to.include('This password no longer works. Choose “I forgot my password”.')

    await ask(world, 'ada.okafor')
    const link = await mailedLink(world)
    await browser.open(link)
    await browser.post(link, { password: NEW_PASSWORD })
    await signInToPortal(browser, 'ada.okafor', NEW_PASSWORD)

    expect(browser.h1).to.equal('Welcome, Ada')
  })

  it('does not accept the temporary password as a new one', async () => {
    const password = `${TEMPORARY_PASSWORD} and more`
    await aPortalUser(world, { name: 'Theo Temple', own: false, password })
    const browser = await ask(world, 'theo.temple')
    const link = await mailedLink(world)
    await browser.open(link)

    await browser.post(link, { password })

    expect(browser.errors()).to.deep.equal(['Choose a new password: this is the one you have now'])
  })
})

async function ask(world: World, name: string) {
  const browser = world.browser()
  await browser.open('/portal/forgot')
  browser.fill('Username', name)
  await browser.press('Send me a link')
  return browser
}

async function looking(world: World, link: string): Promise<[number, string]> {
  const browser = world.browser()
  await browser.open(link)
  return [browser.status, browser.h1]
}

/** The link in the newest mail, as somebody would follow it. */
async function mailedLink(world: World): Promise<string> {
  return /https?:\/\/\S+\/portal\/reset\/\S+/.exec(await mailText(world))?.[0] ?? ''
}

async function mailText(world: World): Promise<string> {
  await idle(world)
  const newest = await world.db('emails').orderBy('id', 'desc').first<{ id: number } | undefined>('id')
  const email = newest && (await emailById(world.db, world.deps, newest.id))
  return email?.text ?? ''
}

/** Waits until the background work asked for so far is done. */
async function idle(world: World): Promise<void> {
  while ((await world.db('jobs').whereIn('state', ['queued', 'running'])).length > 0) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

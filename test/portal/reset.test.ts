import { expect } from 'chai'
import { askForLink, mailedLink } from '../support/inbox.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal, TEMPORARY_PASSWORD } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const MINUTE = 60_000
const NEW_PASSWORD = 'copper lantern friday'

describe('A link to choose a new password', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is not used up by looking, however often, nor by a password that is not good enough', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = await askForLink(world, 'ada.okafor')
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
    await askForLink(world, 'ada.okafor')
    const first = await mailedLink(world)
    await askForLink(world, 'ada.okafor')
    const second = await mailedLink(world)

    expect(await looking(world, first)).to.deep.equal([410, 'A newer link was sent'])
    world.later(59 * MINUTE)
    expect(await looking(world, second)).to.deep.equal([200, 'Choose a new password'])
    world.later(MINUTE)
    expect(await looking(world, second)).to.deep.equal([410, 'This link has expired'])
    await askForLink(world, 'ada.okafor')
    const third = await mailedLink(world)
    const browser = world.browser()
    await browser.open(third)
    await browser.post(third, { password: NEW_PASSWORD })
    expect(await looking(world, third)).to.deep.equal([410, 'This link has already been used'])
    expect(await looking(world, first)).to.deep.equal([410, 'A newer link was sent'])
  })

  it('is not valid when it is none of ours', async () => {
    for (const token of [
      'a'.repeat(43),
      'a'.repeat(42),
      'a'.repeat(44),
      '%00',
      '[object Object]',
      "'; drop table emails",
    ]) {
      expect(await looking(world, `/portal/reset/${encodeURIComponent(token)}`), token).to.deep.equal([
        404,
        'This link is not valid',
      ])
    }
  })

  it('stops working when the person is disabled or has changed the password otherwise', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    await askForLink(world, 'ada.okafor')
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
    await askForLink(world, 'ada.okafor')
    const link = await mailedLink(world)
    const browsers = Array.from({ length: 32 }, () => world.browser())
    for (const browser of browsers) await browser.open(link)

    await Promise.all(browsers.map((browser, n) => browser.post(link, { password: `${NEW_PASSWORD} ${String(n)}` })))

    const winners = browsers.filter(browser => browser.path === '/portal/sign-in?password=changed')
    const losers = browsers.filter(
      browser => browser.status === 410 && browser.h1 === 'This link has already been used',
    )
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

    await askForLink(world, 'ada.okafor')
    const link = await mailedLink(world)
    await browser.open(link)
    await browser.post(link, { password: NEW_PASSWORD })
    await signInToPortal(browser, 'ada.okafor', NEW_PASSWORD)

    expect(browser.h1).to.equal('Welcome, Ada')
  })

  it('does not accept the temporary password as a new one', async () => {
    const password = `${TEMPORARY_PASSWORD} and more`
    await aPortalUser(world, { name: 'Theo Temple', own: false, password })
    const browser = await askForLink(world, 'theo.temple')
    const link = await mailedLink(world)
    await browser.open(link)

    await browser.post(link, { password })

    expect(browser.errors()).to.deep.equal(['Choose a new password: this is the one you have now'])
  })
})

async function looking(world: World, link: string): Promise<[number, string]> {
  const browser = world.browser()
  await browser.open(link)
  return [browser.status, browser.h1]
}

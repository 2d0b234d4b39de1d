import { expect } from 'chai'
import { putInOutbox } from '../../src/core/mail/outbox.ts'
import { takeAttempt } from '../../src/core/throttle/attempts.ts'
import { askForLink, mailedLink } from '../support/inbox.ts'
import { aMailServer } from '../support/mail-server.ts'
import { put, rested, soon, to, until } from '../support/outbox.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The clocks of London go on by an hour. */
const SUMMER_BEGINS = Date.UTC(2027, 2, 28, 1)

describe('A clock that is set', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  it('back by a day leaves people signed in, and makes no used link good again', async () => {
    const staff = await world.signedInStaff()
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = await askForLink(world, 'ada.okafor')
    const link = await mailedLink(world)
    await browser.open(link)
    await browser.post(link, { password: 'copper lantern friday' })

    world.later(-DAY)
    await staff.open('/staff/contacts')
    await browser.open(link)
    const again = world.browser()
    await signInToPortal(again, 'ada.okafor', 'copper lantern friday')

    expect([staff.status, staff.h1]).to.deep.equal([200, 'Contacts'])
    expect([browser.status, browser.h1]).to.deep.equal([410, 'This link has already been used'])
    expect(again.h1).to.equal('Welcome, Ada')
  })

  it('back by days makes nobody wait longer than anybody ever has to, and nobody less than nothing', async () => {
    const now = world.now()
    for (let tries = 0; tries < 5; tries += 1) await takeAttempt(world.db, 'ada', now)

    const anHourBefore = await takeAttempt(world.db, 'ada', now - HOUR)
    const twoDaysBefore = await takeAttempt(world.db, 'ada', now - 2 * DAY)

    expect(anHourBefore).to.deep.equal({ allowed: false, until: now + MINUTE / 2 })
    expect(twoDaysBefore).to.deep.equal({ allowed: true, tries: 6 })
    expect(await takeAttempt(world.db, 'ada', now - 2 * DAY)).to.deep.equal({
      allowed: false,
      until: now - 2 * DAY + MINUTE,
    })
  })

  for (const [what, ms] of [
    ['back by a day', -DAY],
    ['on by an hour', HOUR],
  ] as const)
    it(`${what} sends nothing early, and nothing twice`, async () => {
      await world.end()
      const mail = await aMailServer()
      world = await aWorld({ smtpUrl: mail.url })
      await put(world, [to('Ada', 'ada@customer.example'), to('Bea', 'bea@customer.example')])
      await until(world, 'sent', 2)
      const sendAfter = world.now() + 2 * HOUR
      await world.db.transaction(async trx => {
        await putInOutbox(trx, world, [to('Cal', 'cal@customer.example')], world.now())
        await trx('emails').where({ to_email: 'cal@customer.example' }).update({ send_after: sendAfter })
      })

      world.later(ms)
      await put(world, [to('Dan', 'dan@customer.example')])
      while (!mail.taken.some(one => one.to[0] === 'dan@customer.example')) await soon()
      await rested(world)

      const readers = mail.taken.map(one => one.to[0]?.split('@')[0])
      expect(readers.toSorted()).to.deep.equal(['ada', 'bea', 'dan'])
      await mail.stop()
    })

  it('on by an hour, as summer begins, makes no link end sooner or later, and tells the time of the office', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    world.later(SUMMER_BEGINS - MINUTE * 30 - world.now())
    const before = world.browser()
    await signInToPortal(before, 'ada.okafor', OWN_PASSWORD)
    await askForLink(world, 'ada.okafor')
    const link = await mailedLink(world)
    const browser = world.browser()

    world.later(59 * MINUTE)
    await browser.open(link)
    const last = browser.status
    world.later(MINUTE)
    await browser.open(link)

    expect([last, browser.status]).to.deep.equal([200, 410])
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    await browser.open('/portal/sessions')
    expect(browser.tableRows().map(cells => cells[2])).to.deep.equal([
      '28 March 2027 at 2:30am',
      '28 March 2027 at 12:30am',
    ])
  })
})

import { expect } from 'chai'
import { newPasswordLink } from '../../src/core/portal-users/links.ts'
import { putInOutbox } from '../../src/core/mail/outbox.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { to } from '../support/outbox.ts'
import { aPortalUser, type SomePortalUser } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const WEEK_MS = 7 * 86_400_000

describe('Importing contacts who have a login', () => {
  let world: World
  let staff: Browser
  let ada: SomePortalUser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    ada = await aPortalUser(world, { name: 'Ada', username: 'ada', email: 'wrong@stranger.example', own: false })
  })
  afterEach(() => world.end())

  it('ends what was sent to the address before, when another takes its place', async () => {
    const link = await whatWasSent()

    await importLine(`Contact ID,Name,Email\n${String(ada.contactId)},Ada,ada@right.example\n`)

    const { email, lastsUntil } = await login()
    expect(email).to.equal('ada@right.example')
    expect(lastsUntil).to.be.at.most(world.now())
    expect(await world.db('emails').pluck('status')).to.deep.equal(['cancelled'])
    expect(await opens(link)).to.equal(false)
  })

  it('ends what was sent before, when a new password comes', async () => {
    const link = await whatWasSent()

    await importLine(`Contact ID,Name,Password\n${String(ada.contactId)},Ada,harbour-2027\n`)

    expect((await login()).lastsUntil).to.be.greaterThan(world.now())
    expect(await world.db('emails').orderBy('id').pluck('status')).to.deep.equal(['cancelled'])
    expect(await opens(link)).to.equal(false)
  })

  it('leaves what was sent alone when only the name changes', async () => {
    const link = await whatWasSent()

    await importLine(`Contact ID,Name,Email\n${String(ada.contactId)},Ada Okafor,WRONG@stranger.example\n`)

    expect(await world.db('emails').pluck('status')).to.deep.equal(['queued'])
    expect(await opens(link)).to.equal(true)
  })

  it('gives no other address to somebody who has signed in, even with a new temporary password', async () => {
    await world.db('portal_users').where({ id: ada.id }).update({ first_login_at: world.now() })

    await choose(staff, `Contact ID,Name,Email\n${String(ada.contactId)},Ada,ada@right.example\n`)
    await staff.press('Check the file')
    expect(staff.text).to.include('wrong@stranger.example')
    await staff.press('Import 1 row')

    expect((await login()).email).to.equal('wrong@stranger.example')
    expect(await world.db('contacts').pluck('email')).to.deep.equal(['ada@right.example'])
  })

  /** A mail that has not left, and a link to choose a password with. */
  function whatWasSent(): Promise<string> {
    return world.db.transaction(async trx => {
      const who = { portalUserId: ada.id, lastsMs: WEEK_MS }
      const { url } = await newPasswordLink(trx, world, who, world.now())
      await putInOutbox(trx, world, [{ ...to('Ada', 'wrong@stranger.example'), portalUserId: ada.id }], world.now())
      return new URL(url).pathname
    })
  }

  async function importLine(content: string): Promise<void> {
    world.later(60_000)
    await choose(staff, content)
    await staff.press('Check the file')
    await staff.press('Import 1 row')
    expect(staff.h1).to.equal('Import finished')
  }

  async function opens(link: string): Promise<boolean> {
    const anybody = world.browser()
    await anybody.open(link)
    return anybody.status === 200
  }

  const login = () =>
    world
      .db('portal_users')
      .where({ id: ada.id })
      .first<{ email: string; lastsUntil: number }>('email', 'temporary_password_expires_at as lastsUntil')
})

import { expect } from 'chai'
import type { Staff } from '../../src/core/actors.ts'
import { cancelInvitation } from '../../src/core/invitations/change.ts'
import { inviteTo } from '../../src/core/invitations/invite.ts'
import { portalUserById } from '../../src/core/portal-users/sign-in.ts'
import { portalById } from '../../src/core/portals/contact-portals.ts'
import type { Browser } from '../support/browser.ts'
import { aSubscriber } from '../support/contact-portals.ts'
import { anInvitation, aStaffActor, mailTaken, tokenOf } from '../support/invitations.ts'
import { aContact, OWN_PASSWORD } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const DAY_MS = 86_400_000
const ADA = 'ada@customer.example'
const ASKED = 'Look in your inbox'

describe('The link of an invitation that is over', () => {
  let world: World
  let staff: Staff
  let invitation: Awaited<ReturnType<typeof anInvitation>>
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    const ada = await aContact(world, 'Ada Okafor', { email: ADA })
    invitation = await anInvitation(world, ada, { email: ADA }, staff)
  })
  afterEach(() => world.end())

  async function opened(token = invitation.token): Promise<Browser> {
    const browser = world.browser()
    await browser.open(`/portal/invitations/${token}`)
    return browser
  }

  async function expire(id = invitation.id): Promise<void> {
    await mailTaken(world, id)
    await world
      .db('emails')
      .where({ invitation_id: id })
      .update({ sent_at: world.now() - 7 * DAY_MS })
  }

  async function askAgain(token = invitation.token): Promise<string> {
    const browser = await opened(token)
    await browser.press('Send me a new link')
    return browser.h1
  }

  async function newest(): Promise<{ id: number; token: string; to: string }> {
    const row = await world.db('invitations').orderBy('id', 'desc').first<{ id: number }>('id')
    const mail = await world.db('emails').where({ invitation_id: row.id }).first<{ to_email: string }>('to_email')
    return { id: row.id, token: await tokenOf(world, row.id), to: mail.to_email }
  }

  const invitations = async (): Promise<number> => (await world.db('invitations')).length

  it('says when it expired, and mails a new link to the invited address at the press of a button', async () => {
    await expire()
    const browser = await opened()
    expect(browser.status).to.equal(410)
    expect(browser.h1).to.match(/^This invitation expired on \d+ \w+ \d{4} at \d+:\d\d[ap]m$/)

    await browser.press('Send me a new link')

    expect(browser.h1).to.equal(ASKED)
    const newer = await newest()
    expect(newer.to).to.equal(ADA)
    expect((await opened(newer.token)).h1).to.equal('Register for the client portal')
    expect((await opened()).h1).to.equal('A newer invitation was sent')
    const notice = await world.db('notifications').first('staff_user_id', 'title')
    expect(notice).to.deep.equal({
      staff_user_id: staff.id,
      title: 'Ada Okafor asked for a new link to the portal Ada Okafor',
    })
    expect(await world.db('audit_events').where({ action: 'invitation.asked-again' })).to.have.length(1)
  })

  it('mails one new link in ten minutes and three in all, and answers everybody alike', async () => {
    let { id, token } = await newest()
    for (const sent of [2, 3, 4]) {
      await expire(id)
      expect(await askAgain(token)).to.equal(ASKED)
      expect(await invitations()).to.equal(sent)
      ;({ id, token } = await newest())
      await expire(id)
      expect(await askAgain(token)).to.equal(ASKED)
      expect(await invitations(), 'too soon').to.equal(sent)
      await world.db('rate_limits').whereNotNull('expire').update({ expire: 1 })
    }

    expect(await askAgain(token)).to.equal(ASKED)
    expect(await invitations(), 'three in all').to.equal(4)
  })

  it('mails one new link to thirty-two who ask at the same moment', async () => {
    await expire()
    const browsers = await Promise.all(Array.from({ length: 32 }, () => opened()))

    await Promise.all(browsers.map(browser => browser.press('Send me a new link')))

    expect(new Set(browsers.map(browser => browser.h1))).to.deep.equal(new Set([ASKED]))
    expect(await invitations()).to.equal(2)
  })

  it('mails nothing for a portal that is switched off', async () => {
    await expire()
    await world.db('portals').where({ id: invitation.portalId }).update({ enabled: false })

    expect(await askAgain()).to.equal(ASKED)

    expect(await invitations()).to.equal(1)
  })

  it('mails a new link in the name of a customer only while that one may invite', async () => {
    const contactId = await aContact(world, 'Sam Sole')
    const sam = await aSubscriber(world, { contactId })
    const user = await portalUserById(world.db, sam.user.id)
    const portal = await portalById(world.db, sam.portalId)
    if (!user || !portal) throw new Error('Sam has a portal')
    const permissions = { canInviteOthers: false, canViewDetails: true, canViewDocuments: true }
    const given = { name: 'Cleo', email: 'cleo@sole.example', message: null, level: 'standard' as const, permissions }
    await inviteTo(world.db, world.deps, user, { portal, contactId }, given, world.now())
    const { id, token } = await newest()
    await expire(id)

    await world.db('portal_access').where({ id: sam.accessId }).update({ can_invite_others: false })
    expect([await askAgain(token), await invitations()]).to.deep.equal([ASKED, 2])
    await world.db('portal_access').where({ id: sam.accessId }).update({ can_invite_others: true })
    expect([await askAgain(token), await invitations()]).to.deep.equal([ASKED, 3])

    const [row] = await world.db('invitations').orderBy('id', 'desc').limit(1)
    expect(row).to.include({ invited_by_portal_user_id: sam.user.id, invited_by_staff_id: null })
  })

  it('is used: leads to signing in, and tells the office once that it was a stranger', async () => {
    const admin = await world.aStaff('Ana Admin', 'admin')
    const first = await opened()
    first.fill('New password', OWN_PASSWORD)
    await first.press('Register')
    await world.db('notifications').delete()

    const second = await opened()
    expect([second.status, second.h1]).to.deep.equal([410, 'This invitation link has already been used'])
    await second.press('It was not me who registered')
    expect([second.status, second.errors()]).to.deep.equal([
      422,
      ['Tick “I did not register with this link” if it was not you'],
    ])
    expect(await world.db('notifications')).to.deep.equal([])
    for (let n = 0; n < 3; n += 1) {
      const browser = await opened()
      browser.tick('I did not register with this link')
      await browser.press('It was not me who registered')
      expect(browser.h1).to.equal('Thank you')
    }

    const told = await world.db('notifications').orderBy('staff_user_id').pluck('staff_user_id')
    expect(told).to.have.members([staff.id, admin.id])
    await second.click('I forgot my password')
    expect(second.path).to.equal('/portal/forgot')
  })

  it('is cancelled: says whom to ask', async () => {
    await cancelInvitation(world.db, staff, invitation.id, world.now())

    const browser = await opened()

    expect([browser.status, browser.h1]).to.deep.equal([410, 'This invitation was cancelled'])
    expect(browser.text).to.include('Ask Ines Invites, who invited you, or the person you deal with at Harbour & Finch')
  })

  it('has a newer one: says when that was sent', async () => {
    await expire()
    await askAgain()
    await mailTaken(world, (await newest()).id)

    const browser = await opened()

    expect(browser.status).to.equal(410)
    expect(browser.h1).to.match(/^A newer invitation was sent on \d+ \w+ \d{4} at \d+:\d\d[ap]m$/)
    expect(browser.text).to.include('Use the link in the latest email.')
  })

  it('is to a portal that is switched off: says so, and works again when it is on', async () => {
    await world.db('portals').where({ id: invitation.portalId }).update({ enabled: false })
    const off = await opened()
    await world.db('portals').where({ id: invitation.portalId }).update({ enabled: true })

    expect([off.status, off.h1]).to.deep.equal([403, 'This portal is not available at the moment'])
    expect((await opened()).status).to.equal(200)
  })

  it('offers nothing behind the buttons of another state', async () => {
    const browser = await opened()
    for (const act of ['new-link', 'not-me', 'accepting']) {
      await browser.post(`/portal/invitations/${invitation.token}/${act}`, {})
      expect([browser.status, browser.h1]).to.deep.equal([200, 'Register for the client portal'])
    }
    await cancelInvitation(world.db, staff, invitation.id, world.now())
    for (const act of ['new-link', 'not-me']) {
      await browser.open('/portal/sign-in')
      await browser.post(`/portal/invitations/${invitation.token}/${act}`, {})
      expect([browser.status, browser.h1]).to.deep.equal([410, 'This invitation was cancelled'])
    }

    expect(await invitations()).to.equal(1)
    expect(await world.db('notifications')).to.deep.equal([])
  })
})

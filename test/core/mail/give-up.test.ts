import { expect } from 'chai'
import { switchPortalUser } from '../../../src/core/portal-users/switch.ts'
import { cancelInvitationMails } from '../../../src/core/mail/invitation-mail.ts'
import {
  claimEmails,
  giveBackEmails,
  settleFailed,
  settleLater,
  settleSent,
  type ClaimedEmail,
} from '../../../src/core/mail/delivery.ts'
import { cancelEmailsTo, cancelSignInDetails } from '../../../src/core/mail/sign-in-details.ts'
import { passwordChangedMessage } from '../../../src/core/mail/messages.ts'
import { officeNow } from '../../../src/core/settings/office.ts'
import { askForLink, idle } from '../../support/inbox.ts'
import { aMailServer } from '../../support/mail-server.ts'
import { aStaffActor, anInvitation } from '../../support/invitations.ts'
import { put, rested, soon, to } from '../../support/outbox.ts'
import { aContact, aPortalUser } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const MINUTE = 60_000
const GREYLISTED = '450 greylisted'

describe('A mail that is given up while it is being sent', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  /** Sign-in details that the mail server is thinking about, and whose they are. */
  async function beingSent(): Promise<[ClaimedEmail, number]> {
    const ada = await aPortalUser(world, { name: 'Ada Okafor', own: false })
    await put(world, [{ ...to('Ada Okafor', 'ada@customer.example'), portalUserId: ada.id }])
    return [await claimed(), ada.id]
  }

  async function claimed(): Promise<ClaimedEmail> {
    return (await claim())[0] ?? expect.fail('nothing is due')
  }

  const claim = () => claimEmails(world.db, { perMinute: 100, most: 1 }, world.now())
  const email = () => world.db('emails').first('status', 'body')
  const WIPED = { status: 'cancelled', body: null }

  for (const [name, cancel] of [
    ['all mail of somebody', cancelEmailsTo],
    ['their sign-in details', cancelSignInDetails],
  ] as const) {
    it(`is not tried again when ${name} is given up`, async () => {
      const [mail, id] = await beingSent()

      await cancel(world.db, [id], world.now())
      await settleLater(world.db, mail, GREYLISTED, world.now())

      expect(await email()).to.deep.equal(WIPED)
    })
  }

  it('is not tried again when an invitation is withdrawn', async () => {
    const contact = await aContact(world, 'Acme')
    const { id } = await anInvitation(world, contact, { email: 'ada@customer.example' })
    const mail = await claimed()

    await cancelInvitationMails(world.db, [id], world.now())
    await settleLater(world.db, mail, GREYLISTED, world.now())

    expect(await email()).to.deep.equal(WIPED)
  })

  it('has not failed when the server refuses it: nobody is told, and it cannot be tried again', async () => {
    const staff = await aStaffActor(world)
    const [mail, id] = await beingSent()

    await switchPortalUser(world.db, staff, id, false, world.now())
    await settleFailed(world.db, mail, '550 no such user', world.now())

    expect(await email()).to.deep.equal(WIPED)
    expect(await world.db('notifications')).to.deep.equal([])
  })

  it('is sent when the server has taken it already', async () => {
    const [mail, id] = await beingSent()

    await cancelEmailsTo(world.db, [id], world.now())
    expect((await email()).status).to.equal('sending')
    await settleSent(world.db, [{ email: mail, answer: '250 ok' }], world.now())

    expect(await email()).to.deep.equal({ status: 'sent', body: null })
  })

  it('is not taken up again when it was claimed and given back untried', async () => {
    const [mail, id] = await beingSent()
    await cancelEmailsTo(world.db, [id], world.now())

    await giveBackEmails(world.db, [mail])

    expect(await claim()).to.deep.equal([])
  })

  it('is not taken up by another process when the first one ends', async () => {
    const [, id] = await beingSent()
    await cancelEmailsTo(world.db, [id], world.now())

    world.later(3 * MINUTE)

    expect(await claim()).to.deep.equal([])
  })
})

describe('Disabling somebody', () => {
  it('gives up the link they asked for, which leads nowhere now, and keeps what tells of their account', async () => {
    const world = await aWorld()
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    const forUser = { email: ada.email ?? '', name: ada.name }
    const changed = passwordChangedMessage({
      ...(await officeNow(world.db, world.config)),
      name: ada.name,
      forgotUrl: 'http://localhost/portal/forgot',
      changedAt: world.now(),
    })
    await put(world, [{ to: forUser, message: changed, portalUserId: ada.id }])
    await askForLink(world, ada.username)
    await idle(world)

    await switchPortalUser(world.db, await aStaffActor(world), ada.id, false, world.now())

    const rows = await world.db('emails').orderBy('id').select('template', 'status', 'body')
    expect(rows.map(row => [row.template, row.status])).to.deep.equal([
      ['password-changed', 'queued'],
      ['password-reset', 'cancelled'],
    ])
    expect(rows[1]?.body).to.equal(null)
    await world.end()
  })
})

describe('A mail that a process left behind, given up meanwhile', () => {
  it('is wiped by the next run, and the rest is sent', async () => {
    const server = await aMailServer()
    const world = await aWorld({ smtpUrl: server.url })
    const ada = await aPortalUser(world, { name: 'Ada Okafor', own: false })
    await put(world, [{ ...to('Ada Okafor', 'ada@customer.example'), portalUserId: ada.id, held: true }])
    await world.db('emails').update({ status: 'sending', sending_since: world.now(), attempts: 1 })
    await cancelEmailsTo(world.db, [ada.id], world.now())
    world.later(3 * MINUTE)

    await put(world, [to('Bea Finch', 'bea@customer.example')])
    while (server.taken.length === 0) await soon()
    await rested(world)

    const rows = await world.db('emails').orderBy('id').select('status', 'body')
    expect(rows[0]).to.deep.equal({ status: 'cancelled', body: null })
    expect(server.taken.map(one => one.to[0])).to.deep.equal(['bea@customer.example'])
    await world.end()
    await server.stop()
  })
})

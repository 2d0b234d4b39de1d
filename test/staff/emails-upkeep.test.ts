import { expect } from 'chai'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { put, rested, soon, to, until } from '../support/outbox.ts'
import { aWorld, type World } from '../support/world.ts'

const NOT_SET = 'No mail server is set: emails are kept and not sent.'
const FAILING = 'Some emails could not be sent.'
const SO_FAR = 'Some emails could not be sent so far'
const MINUTE = 60_000

describe('Looking after mail', () => {
  let server: MailServer
  let world: World
  beforeEach(async () => {
    server = await aMailServer()
  })
  afterEach(async () => {
    await world.end()
    await server.stop()
  })

  it('sends a test email to the administrator who asks', async () => {
    world = await aWorld({ smtpUrl: server.url })
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/emails')

    await admin.press('Send a test email to me')
    await until(world, 'sent', 1)

    expect(admin.text).to.include('A test email to rosa.marsh.1@office.example is on its way.')
    expect(server.taken[0]?.to).to.deep.equal(['rosa.marsh.1@office.example'])
    expect(server.taken[0]?.mail.subject).to.equal('Test email from Harbour & Finch')
  })

  it('says when a test email cannot be sent', async () => {
    world = await aWorld()
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/emails')

    await admin.press('Send a test email to me')

    expect(admin.text).to.include('is kept here and not sent, as no mail server is set.')
  })

  it('tries all failed mails again at once, twice without harm, and says so on every page till then', async () => {
    server.onRecipient = () => '550 no such user'
    world = await aWorld({ smtpUrl: server.url })
    const [admin, manager] = [await world.signedInStaff('admin'), await world.signedInStaff('manager')]
    await put(world, [to('Ada Okafor', 'ada@customer.example'), to('Bea Finch', 'bea@customer.example')])
    await until(world, 'failed', 2)
    await admin.open('/staff/contacts')
    await manager.open('/staff/contacts')
    expect([admin.html.includes(FAILING), manager.html.includes(FAILING)]).to.deep.equal([true, false])

    server.onRecipient = () => undefined
    await admin.click('See what is wrong with mail')
    await admin.press('Try 2 failed emails again')
    expect(admin.text).to.include('2 emails will be tried again')
    await until(world, 'sent', 2)
    await admin.post('/staff/emails/retry-failed', {})

    expect(admin.text).to.include('Nothing was changed: no email has failed')
    expect(admin.html).not.to.include(FAILING)
    expect(server.taken).to.have.length(2)
    expect(await world.db('audit_events').where({ action: 'emails.retried' })).to.have.length(1)
  })

  it('says within minutes that the server cannot be used, however many mails wait, and leads to the reason', async () => {
    world = await aWorld({ smtpUrl: 'smtp://127.0.0.1:1' })
    await put(world, people(60))
    const admin = await world.signedInStaff('admin')

    const minutes: boolean[] = []
    for (let minute = 0; minute < 3; minute += 1) {
      while ((await tried()) <= minute) await soon()
      await runsOut()
      await admin.open('/staff/contacts')
      minutes.push(admin.html.includes(SO_FAR))
      world.later(MINUTE)
    }

    expect(minutes).to.deep.equal([false, false, true])
    await admin.click('See what is wrong with mail')
    expect(admin.text).to.include('Waiting: connect ECONNREFUSED')
  })

  it('says nothing of mails that are put off while others get through, nor once they all do', async () => {
    world = await aWorld({ smtpUrl: server.url, mailPerMinute: 4 })
    server.onRecipient = address => (/[05]@/.test(address) ? '450 greylisted' : undefined)
    await put(world, people(20))
    const admin = await world.signedInStaff('admin')

    for (let minute = 0; minute < 3 || (server.taken.length <= 4 && minute < 9); minute += 1) {
      await runsOut()
      await admin.open('/staff/contacts')
      expect(admin.html, String(minute)).not.to.include(SO_FAR)
      world.later(MINUTE)
    }
    expect(server.taken.length).to.be.above(4)
  })

  function people(many: number) {
    return Array.from({ length: many }, (_, n) => to(`Person ${String(n)}`, `p${String(n)}@customer.example`))
  }

  /** Until the background work that is due has been done. */
  async function tried(): Promise<number> {
    const [row] = await world.db('emails').sum<{ tries: number | null }[]>({ tries: 'attempts' })
    return Number(row?.tries ?? 0)
  }

  async function runsOut(): Promise<void> {
    const due = () => world.db('jobs').where({ state: 'queued' }).where('run_at', '<=', world.now())
    do {
      await soon()
      await rested(world)
    } while ((await due()).length > 0)
  }

  for (const [production, shown] of [
    [true, true],
    [false, false],
  ] as const) {
    it(`${shown ? 'warns' : 'says nothing'} on every page without a mail server ${production ? '' : 'not '}in production`, async () => {
      world = await aWorld({ production })
      const admin = await world.signedInStaff('admin')

      await admin.open('/staff/contacts')

      expect(admin.html.includes(NOT_SET)).to.equal(shown)
    })
  }
})

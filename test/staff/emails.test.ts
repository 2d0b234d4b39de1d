import { expect } from 'chai'
import { passwordResetMessage } from '../../src/core/mail/messages.ts'
import { putInOutbox } from '../../src/core/mail/outbox.ts'
import { aMailServer } from '../support/mail-server.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const TOKEN = 'k'.repeat(43)

describe('The outbox', () => {
  let world: World
  afterEach(() => world.end())

  it('is for administrators only', async () => {
    world = await aWorld()
    const id = await anEmail(world)
    await aPortalUser(world, { name: 'Ada Okafor' })
    const [stranger, customer] = [world.browser(), world.browser()]
    await signInToPortal(customer, 'ada.okafor', OWN_PASSWORD)

    for (const path of ['/staff/emails', `/staff/emails/${String(id)}`]) {
      for (const browser of [stranger, customer]) {
        await browser.open(path)
        expect(browser.path).to.match(/^\/staff\/sign-in/)
      }
      for (const role of ['viewer', 'manager'] as const) {
        const staff = await world.signedInStaff(role)
        await staff.open(path)
        expect(staff.status, role).to.equal(403)
      }
    }
  })

  it('says what it will list while it is empty', async () => {
    world = await aWorld()
    const staff = await world.signedInStaff('admin')

    await staff.open('/staff/settings')
    await staff.click('Outbox')

    expect(staff.text).to.include('No emails have been written yet.')
    expect(staff.text).to.include('Not sent: no mail server is set.')
  })

  it('lists twenty-five at a time, the newest first, and by status', async () => {
    world = await aWorld()
    for (let n = 1; n <= 26; n += 1) await anEmail(world, `Person ${String(n)}`)
    await world
      .db('emails')
      .where({ to_name: 'Person 3' })
      .update({ status: 'failed', smtp_response: '550 no such user' })
    const staff = await world.signedInStaff('admin')

    await staff.open('/staff/emails')
    expect(staff.tableRows().length).to.equal(25)
    expect(staff.tableRows()[0]?.[0]).to.equal('Person 26 person.26@customer.example')
    await staff.click('Next page of emails')
    expect(staff.tableRows().length).to.equal(1)
    await staff.click('Previous page of emails')
    staff.fill('Status', 'Failed')
    await staff.press('Show')

    expect(staff.tableRows().map(row => row[2])).to.deep.equal(['Failed: 550 no such user'])
    await staff.open('/staff/emails?status=failed&page=99')
    expect(staff.path).to.equal('/staff/emails?status=failed')
  })

  it('shows a message in full where no mail server is set, and says that it was not sent', async () => {
    world = await aWorld()
    const id = await anEmail(world)
    const staff = await world.signedInStaff('admin')

    await staff.open(`/staff/emails/${String(id)}`)

    expect(staff.text).to.include('This message is kept here and was not sent.')
    expect(staff.text).to.include(TOKEN)
  })

  for (const [when, settings] of [
    ['in production', { production: true }],
    ['with a mail server', { smtpUrl: 'smtp://127.0.0.1:1' }],
  ] as const) {
    it(`masks passwords and links ${when}`, async () => {
      world = await aWorld(settings)
      const id = await anEmail(world)
      const staff = await world.signedInStaff('admin')

      await staff.open(`/staff/emails/${String(id)}`)

      expect(staff.text).to.include('/portal/reset/••••')
      expect(staff.html).not.to.include(TOKEN)
    })
  }

  it('tries a failed mail again, once', async () => {
    const server = await aMailServer()
    world = await aWorld({ smtpUrl: server.url })
    server.onRecipient = () => '550 no such user'
    const id = await anEmail(world)
    const staff = await world.signedInStaff('admin')
    await until(world, 'failed')
    await staff.open(`/staff/emails/${String(id)}`)
    expect(staff.text).to.include('Failed: 550 no such user')

    server.onRecipient = () => undefined
    await staff.press('Try again')
    expect(staff.text).to.include('The email waits to be sent again')
    await until(world, 'sent')
    await staff.post(`/staff/emails/${String(id)}/retry`, {})

    expect(staff.text).to.include('Nothing was changed: this email has not failed')
    expect(server.taken.length).to.equal(1)
    await server.stop()
  })

  it('cancels a mail that waits, and wipes what it said', async () => {
    world = await aWorld()
    const id = await anEmail(world)
    const staff = await world.signedInStaff('admin')
    await staff.open(`/staff/emails/${String(id)}`)

    await staff.press('Do not send')

    expect(staff.text).to.include('The email will not be sent').and.include('Cancelled')
    expect(await world.db('emails').where({ id }).first('status', 'body')).to.deep.equal({
      status: 'cancelled',
      body: null,
    })
    await staff.open('/staff/emails/999')
    expect(staff.status).to.equal(404)
  })
})

async function anEmail(world: World, name = 'Ada Okafor'): Promise<number> {
  const email = `${name.toLowerCase().replace(/ /g, '.')}@customer.example`
  const message = passwordResetMessage({
    name,
    resetUrl: `${world.base}/portal/reset/${TOKEN}`,
    token: TOKEN,
    officeName: world.config.officeName,
    timeZone: world.config.timeZone,
    expiresAt: world.now() + 3_600_000,
  })
  await world.db.transaction(trx => putInOutbox(trx, world, [{ to: { name, email }, message }], world.now()))
  const row = await world.db('emails').max<{ id: number }>({ id: 'id' }).first()
  return row?.id ?? 0
}

async function until(world: World, status: string): Promise<void> {
  while ((await world.db('emails').where({ status })).length === 0)
    await new Promise(resolve => setTimeout(resolve, 20))
}

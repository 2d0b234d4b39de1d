import { expect } from 'chai'
import { pauseMail } from '../../src/core/mail/pause.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { put, soon, to, until } from '../support/outbox.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The mail of a restored copy', () => {
  let world: World
  let mail: MailServer
  beforeEach(async () => {
    mail = await aMailServer()
    world = await aWorld({ smtpUrl: mail.url })
    await pauseMail(world.db, world.now())
  })
  afterEach(async () => {
    await world.end()
    await mail.stop()
  })

  it('waits until an administrator lets it go, and every page of theirs says so', async () => {
    const rosa = await world.signedInStaff('admin')
    const sam = await world.signedInStaff('manager')
    await put(world, [to('Ada Okafor', 'ada@customer.example')])
    await rosa.open('/staff/system')
    expect(rosa.text).to.include('No mail leaves: this is a restored copy.')
    await sam.open('/staff/contacts')
    expect(sam.text).not.to.include('restored copy')
    while ((await world.db('jobs').whereNot({ state: 'done' })).length > 0) await soon()
    await rosa.click('See what is wrong with mail')
    expect(rosa.text).to.include('1 email from the backup or later would go out at once')
    expect(rosa.text).to.include('Everybody was signed out').and.include('recovery codes')
    expect(mail.taken).to.deep.equal([])
    const again = await rosa.raw('GET', '/staff/emails')

    await rosa.press('Send waiting mail')
    await until(world, 'sent', 1)

    expect(rosa.text).to.include('Mail goes out again').and.not.include('restored copy')
    expect(again.text).to.include('Send waiting mail')
    expect(mail.taken).to.have.length(1)
    expect(await world.db('audit_events').where({ action: 'mail.resumed' })).to.have.length(1)
  })

  it('is let go once, however often the button is pressed', async () => {
    const rosa = await world.signedInStaff('admin')
    await rosa.open('/staff/emails')
    await pauseMail(world.db, world.now())
    await rosa.press('Send waiting mail')
    await rosa.open('/staff/activity')
    expect(rosa.text).to.include('Let the mail of a restored copy go out')

    expect(await world.db('audit_events').where({ action: 'mail.resumed' })).to.have.length(1)
    expect((await (await fetch(`${world.base}/ready`)).json()) as object).to.include({ mail: 'ok' })
  })
})

import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import { isPostgres, openDb, type Db } from '../../src/db/index.ts'
import type { Browser } from '../support/browser.ts'
import { keptConnection } from '../support/locks.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { put, to, until } from '../support/outbox.ts'
import { aContact } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const A_WHILE_MS = 3000

describe('A database that somebody else keeps locked', function () {
  this.timeout(60_000)
  let mail: MailServer
  let world: World
  let other: Db
  let said = ''
  beforeEach(async () => {
    said = ''
    mail = await aMailServer()
    world = await aWorld({ smtpUrl: mail.url }, { write: line => void (said += line) })
    other = openDb(world.config.databaseUrl)
  })
  afterEach(async () => {
    await other.destroy()
    await world.end()
    await mail.stop()
  })

  it('for three seconds is not noticed: who saves waits for so long', async () => {
    const staff = await openedForm()
    const release = await locked()

    const saving = staff.press('Save changes')
    const wasSaved = await Promise.race([saving.then(() => true), setTimeout(A_WHILE_MS, false)])
    await release()
    await saving

    expect(wasSaved).to.equal(false)
    expect([staff.status, staff.h1]).to.deep.equal([200, 'Ada Lovelace'])
  })

  it('for longer changes nothing, says so with a time to come again, and the work goes on when it is free', async () => {
    const staff = await openedForm()
    await put(world, [to('Ada', 'ada@customer.example')])
    const before = await world.db('contacts').select('name')
    const release = await locked()

    await staff.press('Save changes')
    const [status, text, wait] = [staff.status, staff.text, staff.headers.get('retry-after')]
    await release()
    await until(world, 'sent', 1)

    expect([status, wait]).to.deep.equal([503, '5'])
    expect(text).to.include('The system is busy. Nothing was changed. Try again.')
    expect(await world.db('contacts').select('name')).to.deep.equal(before)
    staff.back()
    await staff.press('Save changes')
    expect(staff.h1).to.equal('Ada Lovelace')
    expect(await world.db('jobs').where({ state: 'dead' })).to.deep.equal([])
    expect(said).not.to.include('job failed')
  })

  async function openedForm(): Promise<Browser> {
    const id = await aContact(world, 'Ada')
    const staff = await world.signedInStaff()
    await staff.open(`/staff/contacts/${String(id)}/change`)
    staff.fill('Name', 'Ada Lovelace')
    return staff
  }

  /** Nobody else may write, on PostgreSQL contacts and mails only; the answer lets go. */
  async function locked(): Promise<() => Promise<void>> {
    const { say, letGo } = await keptConnection(other)
    await say(isPostgres(other) ? 'begin' : 'begin exclusive')
    if (isPostgres(other)) await say('lock table contacts, emails in access exclusive mode')
    return async () => {
      await say('rollback')
      await letGo()
    }
  }
})

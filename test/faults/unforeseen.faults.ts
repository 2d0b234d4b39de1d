import { expect } from 'chai'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { putInOutbox } from '../../src/core/mail/outbox.ts'
import { describeOn } from '../support/engine.ts'
import { aMailServer } from '../support/mail-server.ts'
import { to } from '../support/outbox.ts'
import { aRealServer, until } from '../support/real-server.ts'
import { broken } from './holds.ts'

const AFTER_LEASES_MS = 121_000
const MAILS = 5

describe('An error that nobody foresaw', () => {
  it('ends the process with 1 and one line in the log, and the next one goes on with its work', async () => {
    const mail = await aMailServer()
    const server = await aRealServer(
      { LOG_LEVEL: 'info', SMTP_URL: mail.url },
      { program: 'test/faults/process.ts', first: { FAILPOINT: 'mail.claimed:3:fails' }, log: 'kept' },
    )
    const everybody = Array.from({ length: MAILS }, (_, n) =>
      to(`Person ${String(n)}`, `p${String(n)}@customer.example`),
    )
    await server.db.transaction(trx => putInOutbox(trx, server, everybody, Date.now()))
    await until(() => Promise.resolve(!server.isAlive()))
    const code = await server.terminate()
    const said = server
      .said()
      .trim()
      .split('\n')
      .filter(line => line.includes('nobody waits for this'))

    await server.later(AFTER_LEASES_MS)
    await server.start()
    await until(async () => (await server.db('emails').where({ status: 'sent' })).length === MAILS)

    expect(code).to.equal(1)
    expect(said.map(line => (JSON.parse(line) as { msg: string }).msg)).to.deep.equal([
      'this process ends at an error that nobody foresaw',
    ])
    for (const { mail: letter } of mail.taken)
      expect(
        new Set(mail.taken.filter(one => one.mail.messageId === letter.messageId).map(one => one.bytes)).size,
      ).to.equal(1)
    expect(new Set(mail.taken.map(one => one.to[0])).size).to.equal(MAILS)
    expect(await broken(server.db, server.config)).to.deep.equal([])
    await server.end()
    await mail.stop()
  })
})

describeOn('sqlite')('A log on a disk that is full', () => {
  it('keeps nobody from working, nor the process from ending in order', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const server = await aRealServer({ LOG_LEVEL: 'info' }, { log: { file: '/dev/full' } })

    const staff = await server.signedInStaff()
    const code = await Promise.race([
      server.terminate(),
      once(AbortSignal.timeout(20_000), 'abort').then(() => 'it hangs'),
    ])

    expect(staff.path).to.equal('/staff/contacts')
    expect(code).to.equal(0)
    await server.end()
  })
})

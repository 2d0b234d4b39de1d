import { expect } from 'chai'
import { putInOutbox } from '../../src/core/mail/outbox.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { to } from '../support/outbox.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'

const MAILS = 200
const BEFORE_THE_DOT = addressOf(50)
const AFTER_THE_DOT = addressOf(150)
const LOST_AFTER_MS = 120_000

/** So many are on their way at the same moment, and so many more may be claimed. */
const AT_ONCE = 3
const CLAIMED = AT_ONCE + 24 + AT_ONCE

describe('Mailing whose server is killed', function () {
  this.timeout(180_000)
  let mail: MailServer
  let server: RealServer
  beforeEach(async () => {
    mail = await aMailServer()
    server = await aRealServer({ SMTP_URL: mail.url, MAIL_PER_MINUTE: '100000' })
  })
  afterEach(async () => {
    await server.end()
    await mail.stop()
  })

  it('goes on after a restart: every mail arrives, and twice only as the same bytes', async () => {
    const kills = killsAt([BEFORE_THE_DOT, AFTER_THE_DOT])
    await server.db.transaction(trx => putInOutbox(trx, server, everybody(), Date.now()))

    for (const met of [1, 2]) {
      await until(() => Promise.resolve(kills.length === met))
      await Promise.all(kills)
      const { queued = 0, sending = 0, sent = 0 } = await statuses()
      expect(queued + sending + sent).to.equal(MAILS)
      expect(sending).to.be.within(1, CLAIMED)
      expect(mail.taken.length - sent, 'taken and not recorded').to.be.at.most(AT_ONCE * met)
      await server.later(LOST_AFTER_MS)
      await server.start()
    }
    await until(async () => (await server.db('emails').where({ status: 'sent' })).length === MAILS)

    const rows = await server.db('emails').orderBy('id').select<Row[]>('to_email', 'message_id')
    for (const { to_email, message_id } of rows) {
      const copies = mail.taken.filter(one => one.to[0] === to_email)
      expect(copies.length, to_email).to.be.within(to_email === AFTER_THE_DOT ? 2 : 1, 2)
      expect(copies.map(copy => copy.mail.messageId)).to.deep.equal(copies.map(() => message_id))
      expect(new Set(copies.map(copy => copy.bytes)).size).to.equal(1)
    }
    expect(mail.taken.length, 'all copies').to.be.within(MAILS + 1, MAILS + 2 * AT_ONCE)
  })

  /**
   * Kills the server as the mail server meets these two, and hangs up, so that nobody hears what it would have said.
   */
  function killsAt([before, after]: [string, string]): Promise<void>[] {
    const kills: Promise<void>[] = []
    const killed = (isNow: boolean): 'cut' | undefined => {
      if (!isNow) return undefined
      kills.push(server.kill())
      return 'cut'
    }
    mail.onLetter = address => killed(address === before && kills.length === 0)
    mail.onMail = ({ to: [address] }) => killed(address === after && kills.length === 1)
    return kills
  }

  async function statuses(): Promise<Record<string, number>> {
    const rows = await server
      .db('emails')
      .groupBy('status')
      .select<{ status: string; many: number }[]>('status', server.db.raw('count(*) as many'))
    return Object.fromEntries(rows.map(({ status, many }) => [status, many]))
  }
})

interface Row {
  to_email: string
  message_id: string
}

function everybody() {
  return Array.from({ length: MAILS }, (_, index) => to(`Person ${String(index)}`, addressOf(index)))
}

function addressOf(index: number): string {
  return `person${String(index)}@customer.example`
}

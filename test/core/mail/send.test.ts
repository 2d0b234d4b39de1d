import { expect } from 'chai'
import { tidyUp } from '../../../src/core/housekeeping.ts'
import { releaseHeldEmails } from '../../../src/core/mail/outbox.ts'
import { aMailServer, type MailServer } from '../../support/mail-server.ts'
import { MAILED_PASSWORD, put, rested, soon, to, until } from '../../support/outbox.ts'
import { aWorld, type World } from '../../support/world.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

describe('Sending mail', () => {
  let server: MailServer
  let world: World
  beforeEach(async () => {
    server = await aMailServer()
    world = await aWorld({ smtpUrl: server.url })
  })
  afterEach(async () => {
    await world.end()
    await server.stop()
  })

  it('brings each mail to its one reader, from the office, marked as written by a machine', async () => {
    await put(world, [to('Ada Okafor', 'ada@customer.example'), to('Björn Åström', 'bjorn@customer.example')])

    await until(world, 'sent', 2)

    expect(server.taken.map(one => one.to)).to.deep.equal([['ada@customer.example'], ['bjorn@customer.example']])
    const { mail, from } = server.taken[1] ?? expect.fail('no second mail')
    expect(from).to.equal('portico@office.example')
    expect(mail.from).to.deep.equal({ name: 'Harbour & Finch', address: 'portico@office.example' })
    expect(mail.to).to.deep.equal([{ name: 'Björn Åström', address: 'bjorn@customer.example' }])
    expect(mail.subject).to.equal('Your sign-in details for the Harbour & Finch client portal')
    expect(mail.text).to.include(MAILED_PASSWORD).and.include('Orders, Invoices')
    expect(mail.html).to.include('<html lang="en">').and.include('Harbour &amp; Finch')
    const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key, value]))
    expect(headers).to.include({ 'auto-submitted': 'auto-generated', 'x-auto-response-suppress': 'All' })
  })

  it('forgets what a mail said as soon as it is gone', async () => {
    await put(world, [to('Ada Okafor', 'ada@customer.example')])

    await until(world, 'sent', 1)

    const row = await world.db('emails').first('body', 'body_purged_at', 'smtp_response', 'masked_text')
    expect(row.body).to.equal(null)
    expect(row.body_purged_at).to.be.a('number')
    expect(row.smtp_response).to.match(/^250/)
    expect(row.masked_text).to.include('Temporary password:\n••••')
    for (const table of ['emails', 'jobs', 'audit_events', 'sign_in_links']) {
      expect(JSON.stringify(await world.db(table)), table).not.to.include(MAILED_PASSWORD)
    }
  })

  it('tries again later when the server asks for it, with the very same bytes, and lets the others pass', async () => {
    server.onMail = ({ to: [address] }) => (address === 'ada@customer.example' ? '451 greylisted' : undefined)
    await put(world, [to('Ada Okafor', 'ada@customer.example'), to('Bea Finch', 'bea@customer.example')])
    await until(world, 'sent', 1)
    const waiting = await world.db('emails').where({ to_email: 'ada@customer.example' }).first()
    expect([waiting.status, waiting.smtp_response]).to.deep.equal(['queued', '451 greylisted'])
    expect(waiting.send_after - world.now()).to.be.within(50_000, MINUTE)

    server.onMail = () => undefined
    world.later(MINUTE)
    await until(world, 'sent', 2)

    const copies = server.taken.filter(one => one.to[0] === 'ada@customer.example')
    expect(copies.length).to.equal(2)
    expect(copies[0]?.bytes).to.equal(copies[1]?.bytes)
  })

  it('waits while the name of the server leads nowhere', async () => {
    await world.end()
    world = await aWorld({ smtpUrl: 'smtp://mail.invalid' })
    await put(world, [to('Ada Okafor', 'ada@customer.example')])
    await until(world, 'queued', 1)
    await rested(world)

    const [{ smtp_response: why, send_after: again }] = await world.db('emails')
    expect(why).to.match(/mail\.invalid/)
    expect(again).to.be.above(world.now())
  })

  it('gives up at once on an address the server refuses for good', async () => {
    server.onRecipient = address => (address.startsWith('ada') ? '550 no such user' : undefined)
    await put(world, [to('Ada Okafor', 'ada@customer.example'), to('Bea Finch', 'bea@customer.example')])

    await until(world, 'sent', 1)

    const row = await world.db('emails').where({ to_email: 'ada@customer.example' }).first()
    expect([row.status, row.smtp_response, row.attempts]).to.deep.equal(['failed', '550 no such user', 1])
  })

  it('gives up a mail with a secret, and forgets what it said, once the secret is over', async () => {
    server.onRecipient = () => '550 no such user'
    await put(world, [to('Ada Okafor', 'ada@customer.example')])
    await until(world, 'failed', 1)

    await tidyUp(world.db, world.config, world.now() + 6 * DAY)
    expect((await world.db('emails').first('body')).body).to.be.a('string')
    await tidyUp(world.db, world.config, world.now() + 8 * DAY)

    expect(await world.db('emails').first('status', 'body')).to.deep.equal({ status: 'cancelled', body: null })
  })

  it('sends the same bytes again when the line is cut after the last dot', async () => {
    server.onMail = () => 'cut'
    await put(world, [to('Ada Okafor', 'ada@customer.example')])
    await until(world, 'queued', 1)
    await rested(world)

    server.onMail = () => undefined
    world.later(MINUTE)
    await until(world, 'sent', 1)

    expect(server.taken.length).to.equal(2)
    expect(server.taken[0]?.bytes).to.equal(server.taken[1]?.bytes)
  })

  it('takes up a mail that a process left behind while sending it', async () => {
    await put(world, [{ ...to('Ada Okafor', 'ada@customer.example'), held: true }])
    await world.db('emails').update({ status: 'sending', sending_since: world.now(), attempts: 1 })
    await put(world, [to('Bea Finch', 'bea@customer.example')])
    await until(world, 'sent', 1)

    world.later(2 * MINUTE)

    await until(world, 'sent', 2)
    expect(server.taken.map(one => one.to[0])).to.deep.equal(['bea@customer.example', 'ada@customer.example'])
  })

  it('keeps held mails until they are released, once', async () => {
    const importId = await anImport(world)
    await put(world, [{ ...to('Ada Okafor', 'ada@customer.example'), importId, held: true }])
    const release = () => world.db.transaction(trx => releaseHeldEmails(trx, world, importId, world.now()))

    expect([await release(), await release()]).to.deep.equal([1, 0])

    await until(world, 'sent', 1)
  })

  const hostile = [
    ['"a@evil.example" <b@evil.example>', 'c@customer.example'],
    ['Ada\r\nBcc: evil@evil.example', 'c@customer.example'],
    ['=?utf-8?Q?evil=40evil.example,?=', 'c@customer.example'],
    ['group: evil@evil.example;', 'c@customer.example'],
  ] as const
  for (const [name, address] of hostile) {
    it(`has one reader when somebody is called ${JSON.stringify(name)}`, async () => {
      await put(world, [to(name, address)])

      await until(world, 'sent', 1)

      expect(server.taken[0]?.to).to.deep.equal([address])
      expect(server.taken[0]?.mail.to?.map(one => one.address)).to.deep.equal([address])
      expect([server.taken[0]?.mail.cc, server.taken[0]?.mail.bcc]).to.deep.equal([undefined, undefined])
    })
  }

  it('never offers the server an address that is more or less than one', async () => {
    const bad = [
      'a@x.example, b@evil.example',
      'a@x.example\r\nRCPT TO:<b@evil.example>',
      'x: a@evil.example;',
      '"a b"@x.example',
      '',
      'a@[127.0.0.1]',
    ]

    await put(
      world,
      bad.map(address => to('Ada', address)),
    )

    await until(world, 'failed', bad.length)
    expect(server.taken).to.deep.equal([])
  })
})

describe('A mail server that refuses our login', () => {
  it('is asked once, and everything waits until it lets us in', async () => {
    const server = await aMailServer({ login: true })
    const world = await aWorld({ smtpUrl: server.url })
    let logins = 0
    server.onLogin = () => {
      logins += 1
      return '535 wrong password'
    }

    await put(
      world,
      [1, 2, 3, 4, 5].map(n => to(`Person ${String(n)}`, `p${String(n)}@customer.example`)),
    )
    while ((await world.db('emails').whereNotNull('smtp_response')).length === 0) await soon()
    await rested(world)
    expect(logins).to.equal(1)
    expect(await world.db('emails').pluck('status')).to.deep.equal(Array(5).fill('queued'))

    server.onLogin = () => undefined
    world.later(MINUTE)
    await until(world, 'sent', 5)
    await world.end()
    await server.stop()
  })
})

describe('Without a mail server', () => {
  it('mails wait, readable in the app, and no work is asked for', async () => {
    const world = await aWorld()

    await put(world, [to('Ada Okafor', 'ada@customer.example')])

    expect(await world.db('emails').pluck('status')).to.deep.equal(['queued'])
    expect(await world.db('jobs')).to.deep.equal([])
    await world.end()
  })
})

async function anImport(world: World): Promise<number> {
  const { id: requested_by_staff_id } = await world.aStaff('Rosa Marsh')
  const row = {
    kind: 'contacts',
    filename: 'a.csv',
    sha256: '',
    size: 1,
    format: 'csv',
    status: 'completed',
    options: '{}',
  }
  const [made] = await world
    .db('imports')
    .insert({ ...row, requested_by_staff_id, requested_at: world.now() })
    .returning<{ id: number }[]>('id')
  return made?.id ?? 0
}

describe('Sending mail at the pace that is set', () => {
  it('tries no more in a minute, and goes on with the rest by itself', async () => {
    const server = await aMailServer()
    const world = await aWorld({ smtpUrl: server.url, mailPerMinute: 2 })
    await put(
      world,
      ['ada', 'bea', 'cal', 'dot', 'eve'].map(name => to(name, `${name}@customer.example`)),
    )
    const counts: number[] = []

    for (const sent of [2, 4, 5]) {
      await until(world, 'sent', sent)
      await rested(world)
      counts.push(server.taken.length)
      world.later(MINUTE)
    }

    expect(counts).to.deep.equal([2, 4, 5])
    await world.end()
    await server.stop()
  })
})

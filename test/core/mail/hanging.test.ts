import { expect } from 'chai'
import { kinds } from '../../../src/core/jobs/kinds.ts'
import { startWorker } from '../../../src/core/jobs/worker.ts'
import { LOST_AFTER_MS } from '../../../src/core/mail/delivery.ts'
import { PATIENCE, type Patience } from '../../../src/core/mail/transport.ts'
import type { Browser } from '../../support/browser.ts'
import { aMailServer, type MailServer } from '../../support/mail-server.ts'
import { put, rested, soon, to, until } from '../../support/outbox.ts'
import { aWorld, type World } from '../../support/world.ts'

const MINUTE = 60_000

/** Of these limits each is the first that is met where it is named. */
const HURRY: Patience = { connecting: 900, greeting: 150, silence: 300, mail: 600, ending: 150 }

const NO_GREETING = 'The mail server takes the connection and says nothing'
const SILENCE = 'The mail server stopped answering, and did not say whether it took this mail'
const TOO_LONG = 'The mail server took too long, and did not say whether it took this mail'

describe('A mail server that hangs', () => {
  let server: MailServer
  let world: World
  let admin: Browser
  before(async () => {
    server = await aMailServer()
    world = await aWorld({ smtpUrl: server.url })
    world.deps.patience = HURRY
    admin = await world.signedInStaff('admin')
  })
  beforeEach(async () => {
    Object.assign(server, { onConnect: fine, onRecipient: fine, onMail: fine })
    server.taken = []
    await world.db('emails').delete()
  })
  after(async () => {
    await world.end()
    await server.stop()
  })

  for (const [when, trouble, said, copies] of [
    ['says nothing to who comes', { onConnect: () => 'hang' }, NO_GREETING, 1],
    ['drips a greeting', { onConnect: () => 'drip' }, NO_GREETING, 1],
    ['says nothing of the recipient', { onRecipient: () => 'hang' }, SILENCE, 1],
    ['drips what it says of the recipient', { onRecipient: () => 'drip' }, TOO_LONG, 1],
    ['says nothing after the last dot', { onMail: () => 'hang' }, SILENCE, 2],
    ['drips after the last dot', { onMail: () => 'drip' }, TOO_LONG, 2],
  ] as const) {
    it(`and ${when} is left soon, as the outbox says, and given the same bytes later`, async () => {
      Object.assign(server, trouble)
      await put(world, [to('Ada Okafor', 'ada@customer.example')])
      world.wake()
      await triedAndRested()
      const [waiting] = await world.db('emails')
      await admin.open('/staff/emails')

      Object.assign(server, { onConnect: fine, onRecipient: fine, onMail: fine })
      world.later(MINUTE)
      world.wake()
      await until(world, 'sent', 1)

      expect([waiting.status, waiting.attempts]).to.deep.equal(['queued', 1])
      expect(waiting.send_after).to.be.above(waiting.sending_since)
      expect(admin.tableRows()[0]?.[2]).to.equal(`Waiting: ${said}`)
      expect(server.taken.map(({ mail }) => mail.messageId)).to.deep.equal(Array(copies).fill(waiting.message_id))
      expect(new Set(server.taken.map(({ bytes }) => bytes)).size).to.equal(1)
    })
  }

  it('at one recipient brings the others theirs meanwhile, and keeps no other work waiting', async () => {
    let isHanging = false
    server.onRecipient = address => {
      if (!address.startsWith('ada')) return undefined
      isHanging = true
      return 'hang'
    }
    world.deps.patience = { ...HURRY, silence: MINUTE, mail: MINUTE }
    await put(
      world,
      ['bea', 'ada', 'cal', 'dot'].map(name => to(name, `${name}@customer.example`)),
    )
    world.wake()
    await until(world, 'sent', 3)
    while (!isHanging) await soon()
    await world.db('jobs').insert({ kind: 'check-import', payload: '{"importId":0}', run_at: 0, created_at: 0 })
    world.wake()

    const checked = () => world.db('jobs').where({ kind: 'check-import', state: 'done' }).first('id')
    while (!(await checked())) await soon()

    expect(await world.db('emails').where({ status: 'sending' }).pluck('to_email')).to.deep.equal([
      'ada@customer.example',
    ])
    expect(await world.db('jobs').where({ state: 'running' }).pluck('kind')).to.deep.equal(['send-emails'])
  })

  /** Until the worker is free again. */
  async function triedAndRested(): Promise<void> {
    while ((await world.db('emails').where({ attempts: 0 })).length > 0) await soon()
    await rested(world)
  }
})

describe('A process that is to end while the mail server hangs', () => {
  it('does so soon: its mail waits for the next process, and is known as one that may have been taken', async () => {
    const server = await aMailServer()
    const world = await aWorld()
    const deps = {
      ...world.deps,
      config: { ...world.config, smtpUrl: server.url },
      patience: { ...PATIENCE, ending: 150 },
    }
    server.onMail = () => 'drip'
    await put({ ...world, config: deps.config }, [to('Ada Okafor', 'ada@customer.example')])
    const worker = startWorker(kinds, deps)
    while (server.taken.length === 0) await soon()

    await worker.stop()

    const [row] = await world.db('emails')
    expect([row.status, row.smtp_response]).to.deep.equal(['queued', TOO_LONG])
    expect(await world.db('jobs').orderBy('id').pluck('state')).to.deep.equal(['done', 'queued'])
    await world.end()
    await server.stop()
  })
})

describe('The limits of a mail', () => {
  it('end before another process takes it for lost, and before a process that ends is cut off', () => {
    expect(PATIENCE).to.include({ connecting: 10_000, greeting: 10_000, silence: 60_000 })
    expect(PATIENCE.mail).to.be.at.most(LOST_AFTER_MS - 30_000)
    expect(PATIENCE.ending).to.be.at.most(15_000)
  })
})

function fine(): undefined {
  return undefined
}

import { expect } from 'chai'
import { describeOn } from '../../support/engine.ts'
import { aMailServer, type MailServer, type TakenMail } from '../../support/mail-server.ts'
import { put, rested, soon, to } from '../../support/outbox.ts'
import { aWorld, type World } from '../../support/world.ts'

const MAILS = 2000
const MINUTE = 60_000

/** What the server does to a mail: for good, or only at its first try. */
type Trouble = 'no such user' | 'not wanted' | 'greylisted' | 'later' | 'closing' | 'cut before' | 'cut after'

const FOR_GOOD: (Trouble | undefined)[] = ['no such user', 'not wanted']
const CUTS: Record<number, Trouble> = {
  333: 'cut before',
  777: 'cut after',
  1111: 'cut before',
  1333: 'closing',
  1555: 'cut after',
}
const EVERY_FORTIETH: Record<number, Trouble> = { 0: 'no such user', 10: 'greylisted', 20: 'later', 30: 'not wanted' }

describeOn('postgres')('A mail server in trouble', function () {
  this.timeout(180_000)
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

  it('loses none of 2,000 mails, sends no two different ones for one, and the outbox knows the end of each', async () => {
    const accepted = troubled(server)
    await put(
      world,
      Array.from({ length: MAILS }, (_, index) => to(`Person ${String(index)}`, addressOf(index))),
    )

    await allEnded(world)

    const rows = await world
      .db('emails')
      .orderBy('id')
      .select<Row[]>('to_email', 'status', 'message_id', 'smtp_response')
    const copies = new Map<string, TakenMail[]>(rows.map(row => [row.to_email, []]))
    for (const mail of server.taken) copies.get(mail.to[0] ?? '')?.push(mail)
    const wrong = rows.filter((row, index) => !isRight(row, troubleOf(index), copies.get(row.to_email) ?? [], accepted))
    expect(server.taken.length).to.equal(2002)
    expect(wrong).to.deep.equal([])
    expect(rows.length).to.equal(MAILS)
    await outboxSays(world, { Sent: 1900, Failed: 100 })
  })
})

interface Row {
  to_email: string
  status: string
  message_id: string
  smtp_response: string
}

/** Makes the server do to every mail what is its trouble; the answer is filled with the mails that it accepted. */
function troubled(server: MailServer): Set<TakenMail> {
  const accepted = new Set<TakenMail>()
  const tries = new Map<string, number>()
  const met = (address: string, trouble: Trouble): boolean =>
    troubleOf(Number(/\d+/.exec(address)?.[0])) === trouble && (FOR_GOOD.includes(trouble) || tries.get(address) === 1)
  server.onRecipient = address => {
    tries.set(address, (tries.get(address) ?? 0) + 1)
    if (met(address, 'no such user')) return '550 no such user'
    if (met(address, 'greylisted')) return '450 greylisted'
    return met(address, 'closing') ? '421 closing' : undefined
  }
  server.onLetter = address => (met(address, 'cut before') ? 'cut' : undefined)
  server.onMail = mail => {
    const [address = ''] = mail.to
    if (met(address, 'later')) return '451 try later'
    if (met(address, 'not wanted')) return '554 not wanted'
    accepted.add(mail)
    return met(address, 'cut after') ? 'cut' : undefined
  }
  return accepted
}

/**
 * Whether the row says what became of the mail, and every copy that reached the server is the same to the last byte.
 */
function isRight(row: Row, trouble: Trouble | undefined, copies: TakenMail[], accepted: Set<TakenMail>): boolean {
  const taken = copies.filter(copy => accepted.has(copy)).length
  const isSame = copies.every(({ bytes, mail }) => bytes === copies[0]?.bytes && mail.messageId === row.message_id)
  if (FOR_GOOD.includes(trouble))
    return isSame && taken === 0 && row.status === 'failed' && row.smtp_response.endsWith(trouble ?? '')
  return isSame && taken === (trouble === 'cut after' ? 2 : 1) && row.status === 'sent'
}

/** Moves the clock on whenever there is nothing to do just now. */
async function allEnded(world: World): Promise<void> {
  const open = ['queued', 'sending']
  for (let left = MAILS; left > 0; left = (await world.db('emails').whereIn('status', open)).length) {
    await soon()
    await rested(world)
    const due = world.db('jobs').where({ state: 'queued' }).where('run_at', '<=', world.now())
    if ((await due).length === 0) world.later(MINUTE)
  }
}

async function outboxSays(world: World, counts: Record<string, number>): Promise<void> {
  const staff = await world.signedInStaff('admin')
  for (const [status, many] of Object.entries(counts)) {
    await staff.open('/staff/emails')
    staff.fill('Status', status)
    await staff.press('Show')
    expect(staff.text).to.include(`of ${many.toLocaleString('en-GB')}, the newest first`)
  }
}

function troubleOf(index: number): Trouble | undefined {
  return CUTS[index] ?? EVERY_FORTIETH[index % 40]
}

function addressOf(index: number): string {
  return `person${String(index)}@customer.example`
}

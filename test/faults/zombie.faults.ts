import { expect } from 'chai'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { nextStep, people, state, wrongRows } from './importing.ts'
import { queue, sent, wrongMails } from './mailing.ts'
import { describeOn } from '../support/engine.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'

const AFTER_LEASES_MS = 121_000
const MAILS = 150
const ROWS = 2000

/** So many are on their way at the same moment. */
const AT_ONCE = 3

describeOn('postgres')('A process that stops, is taken for dead, and goes on', function () {
  this.timeout(120_000)
  let mail: MailServer
  let zombie: RealServer
  beforeEach(async () => {
    mail = await aMailServer()
  })
  afterEach(async () => {
    await zombie.end()
    await mail.stop()
  })

  it('while it sends mails, changes nothing more; nobody gets another mail, and few the same one twice', async () => {
    zombie = await stopping('mail.taken', 20)
    await queue(zombie, MAILS)
    await until(isStopped)
    await othersGoOn()
    await until(async () => (await sent(zombie)) === MAILS)
    const before = await zombie.db('emails').orderBy('id').select('*')

    await woken()

    const { wrong, twice } = await wrongMails(zombie, mail.taken)
    expect(wrong).to.deep.equal([])
    expect(twice).to.be.within(1, AT_ONCE)
    expect(await zombie.db('emails').orderBy('id').select('*')).to.deep.equal(before)
  })

  it('while it imports, writes no row that the other one has written', async () => {
    zombie = await stopping('import.rows-committed', 2)
    await addPortal(zombie.db, system, 'Orders', Date.now())
    const staff = await zombie.signedInStaff()
    const csv = people(ROWS)
    const asked = (async () => {
      const over = ['processing', 'completed']
      while (!over.includes((await state(zombie)) ?? '')) await nextStep(zombie, staff, csv)
    })()
    await until(async () => (await state(zombie)) === 'processing' && (await isStopped()))
    await othersGoOn()
    await until(async () => (await state(zombie)) === 'completed')

    await woken()
    await asked

    expect(await wrongRows(zombie, ROWS)).to.deep.equal([])
    expect(await zombie.db('jobs').where({ state: 'dead' })).to.deep.equal([])
  })

  function stopping(place: string, nth: number): Promise<RealServer> {
    const settings = { SMTP_URL: mail.url, MAIL_PER_MINUTE: '100000' }
    const first = { FAILPOINT: `${place}:${String(nth)}:${String(AFTER_LEASES_MS)}` }
    return aRealServer(settings, { program: 'test/faults/process.ts', first })
  }

  /** As the system has it: T is a process that a signal stopped. */
  const isStopped = async (): Promise<boolean> => {
    const status = await readFile(`/proc/${String(zombie.pid())}/status`, 'utf8')
    return /^State:\s+T/m.test(status)
  }

  /** The leases of what it held are over, and another process does the work. */
  async function othersGoOn(): Promise<void> {
    await zombie.later(AFTER_LEASES_MS)
    zombie.beside('src/worker.ts')
  }

  /** Gives it the time to do what it would. */
  async function woken(): Promise<void> {
    zombie.wake()
    await until(async () => (await fetch(`${zombie.config.baseUrl}/ready`)).ok)
    await setTimeout(1000)
    expect(zombie.isAlive()).to.equal(true)
  }
})

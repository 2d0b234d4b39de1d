import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { nextStep, people, state, wrongRows } from '../faults/importing.ts'
import { queue, sent, wrongMails } from '../faults/mailing.ts'
import type { Browser } from '../support/browser.ts'
import { describeOn } from '../support/engine.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { aPostgres, type OwnPostgres } from '../support/own-postgres.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'
import { scratchFolder } from '../support/scratch.ts'

const RESTARTS = Number(process.env.FAULT_RESTARTS ?? 1)
const EVERY_MS = 2000
const LONGEST_RECOVERY_MS = 60_000 // about coming back at all
const AFTER_LEASES_MS = 121_000
const ROWS = 1500
const MAILS = 100

describeOn('postgres')('A PostgreSQL that falls over again and again', function () {
  this.timeout(600_000)
  let folder: string
  let postgres: OwnPostgres
  let mail: MailServer
  let server: RealServer
  before(async () => {
    folder = mkdtempSync(path.join(scratchFolder(), 'own-'))
    postgres = await aPostgres(folder)
    mail = await aMailServer()
    const settings = { SMTP_URL: mail.url, MAIL_PER_MINUTE: '100000' }
    const database = { url: postgres.url, drop: () => Promise.resolve() }
    server = await aRealServer(settings, { database: () => Promise.resolve(database) })
  })
  after(async () => {
    await server.end()
    await mail.stop()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is missed in a sentence while it is away; imports and mails go on, nothing is lost or done twice', async () => {
    await addPortal(server.db, system, 'Orders', Date.now())
    const [visitor, importer] = [await server.signedInStaff(), await server.signedInStaff()]
    await queue(server, MAILS)
    const over = { now: false }
    const looking = looked(visitor, over)
    const importing = imported(importer, over)

    const recoveries: number[] = []
    await until(async () => (await reached()) > 0)
    const before = await reached()
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      if (restart > 0) await setTimeout(EVERY_MS)
      await postgres.fallOver()
      recoveries.push(await answering(visitor))
    }
    over.now = true
    await until(async () => (await state(server)) === 'completed')
    await importing
    await allSent()

    expect(before).to.be.below(ROWS)
    const { wrong } = await wrongMails(server, mail.taken)
    expect(recoveries.filter(ms => ms > LONGEST_RECOVERY_MS)).to.deep.equal([])
    expect(await looking).to.deep.equal([])
    expect(wrong).to.deep.equal([])
    expect(await wrongRows(server, ROWS)).to.deep.equal([])
    expect(server.isAlive()).to.equal(true)
  })

  const reached = async (): Promise<number> => (await server.db('contacts')).length

  /** Looks at pages all the time; the answer is what came but a page, or a word that says when to come again. */
  async function looked(visitor: Browser, over: { now: boolean }): Promise<string[]> {
    const odd: string[] = []
    for (; !over.now; await setTimeout(50)) {
      const reply = await visitor.raw('GET', '/staff/contacts')
      const isTold = reply.status === 503 && reply.headers.get('retry-after') !== null
      if (reply.status !== 200 && !isTold) odd.push(`${String(reply.status)}: ${reply.text.slice(0, 200)}`)
    }
    return odd
  }

  /** Does the steps of an import, each as often as it takes. */
  async function imported(importer: Browser, over: { now: boolean }): Promise<void> {
    const csv = people(ROWS)
    while ((await state(server).catch(() => null)) !== 'completed' || !over.now) {
      await nextStep(server, importer, csv).catch(() => undefined)
      await setTimeout(50)
    }
  }

  /** Mails that were on their way count as lost after two minutes, which are not waited for. */
  async function allSent(): Promise<void> {
    await until(async () => {
      const atWork = await server.db('jobs').where({ state: 'running' })
      if (atWork.length === 0) await server.later(AFTER_LEASES_MS)
      await setTimeout(200)
      return (await sent(server)) === MAILS
    })
  }

  async function answering(visitor: Browser): Promise<number> {
    const since = performance.now()
    while ((await visitor.raw('GET', '/staff/contacts')).status !== 200) await setTimeout(50)
    return performance.now() - since
  }
})

import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import type { Browser } from '../support/browser.ts'
import { describeOn } from '../support/engine.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { signedInStaff } from '../support/real-server.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { nextStep, people, state, wrongRows } from './importing.ts'
import { queue, sent, wrongMails } from './mailing.ts'
import { tell } from './table.ts'

const SECONDS = Number(process.env.FAULT_SECONDS ?? 300)
const ROWS = Number(process.env.FAULT_ROWS ?? 50_000)
const MAILS = Number(process.env.FAULT_MAILS ?? 10_000)

describeOn('postgres')('Two processes with pages and two for work, one of each killed every second', function () {
  this.timeout(3_600_000)
  let mail: MailServer
  let cluster: Cluster
  before(async () => {
    mail = await aMailServer()
    cluster = await aCluster({ SMTP_URL: mail.url, MAIL_PER_MINUTE: '100000' })
  })
  after(async () => {
    await cluster.end()
    await mail.stop()
  })

  it('lose no row and no mail, send no two that differ, and answer nothing but what they should', async () => {
    await addPortal(cluster.db, system, 'Orders', Date.now())
    const staff = await signedInStaff(cluster.db, cluster.proxy.base)
    await queue(cluster, MAILS)
    const end = Date.now() + SECONDS * 1000
    let kills = 0

    const [pages] = await Promise.all([
      looking(await signedInStaff(cluster.db, cluster.proxy.base), end),
      importing(staff, end),
      (async () => {
        for (; Date.now() < end; await setTimeout(1000)) kills += await cluster.killOneOfEach()
      })(),
    ])
    while ((await state(cluster)) !== 'completed' || (await sent(cluster)) < MAILS) {
      await nextStep(cluster, staff, people(ROWS)).catch(() => undefined)
      await setTimeout(200)
    }

    const { wrong, twice } = await wrongMails(cluster, mail.taken)
    const statuses = [...cluster.proxy.statuses].map(([status, many]) => `${String(status)}: ${String(many)}`)
    console.log(
      `${String(kills)} killed in ${String(SECONDS)} s; ${String(pages)} pages looked at; ${statuses.join(', ')}`,
    )
    tell({ name: 'two and two, one of each killed every second', trials: 1, deaths: kills, wrong: wrong.length, twice })
    expect(wrong).to.deep.equal([])
    expect(await wrongRows(cluster, ROWS)).to.deep.equal([])
    expect(cluster.proxy.bad).to.deep.equal([])
    expect(kills).to.be.above(SECONDS / 3)
  })

  async function importing(staff: Browser, end: number): Promise<void> {
    const csv = people(ROWS)
    while (Date.now() < end && (await state(cluster)) !== 'completed') {
      await nextStep(cluster, staff, csv).catch(() => undefined)
      await setTimeout(100)
    }
  }

  /** Somebody who looks at lists all the time. The answer is how many pages came. */
  async function looking(staff: Browser, end: number): Promise<number> {
    let pages = 0
    for (; Date.now() < end; await setTimeout(100)) {
      const address = pages % 2 === 0 ? '/staff/contacts' : '/staff/imports'
      const reply = await staff.raw('GET', address).catch(() => null)
      if (reply?.status === 200) pages += 1
    }
    return pages
  }
})

import { expectRows, inTurns, type Bench, type Job } from '../bench.ts'
import { MeasuredProcess } from '../processes/measured-process.ts'
import { freePort } from '../../support/free-port.ts'
import { Visitor } from '../processes/visitor.ts'
import { rowOf, type Line, type Round, type Row } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'
import { FIRST_PAGE } from './list.ts'

const VISITORS = 8

/** Twice the processes do at least 1.6 times as much. */
const GOAL = { within: 1 / 1.6 }

type Two = [MeasuredProcess, MeasuredProcess]

/** Two processes beside one on the same database: pages for visitors who never rest, and mails. On PostgreSQL only. */
export const several: Job = {
  name: 'several',
  goal: 'B11',
  sizes: sizes => sizes.several,
  async measure(bench, contacts) {
    const { engine, serverPid } = bench.offices
    if (engine !== 'postgres') return []
    const two: Two = [
      await MeasuredProcess.start('portico', serverPid),
      await MeasuredProcess.start('portico', serverPid),
    ]
    const line: Line = { job: 'B11', what: '', contacts, engine, unit: 'ms', goal: GOAL, note: 'beside one process' }
    const rows = [await pages(bench, contacts, two, line), await mails(bench, contacts, two, line)]
    await Promise.all(two.map(one => one.end()))
    return rows
  },
}

/** How long a page takes of the time of all visitors together. */
async function pages({ offices, dataDir, sizes }: Bench, contacts: number, two: Two, line: Line): Promise<Row> {
  const database = await offices.copyOf({ contacts, inUse: true })
  const ports = [await freePort(), await freePort()]
  for (const [index, one] of two.entries())
    await one.ask('serveOffice', { place: { database, dataDir, port: ports[index] } })
  const [ofOne, ofBoth] = [await visitorsOf(ports.slice(0, 1)), await visitorsOf(ports)]
  const round = (visitors: Visitor[]) => () => visitedBy(visitors, sizes.requests)
  for (const visitors of [ofOne, ofBoth]) await round(visitors)()
  const { floor, portico } = await inTurns(roundsFor(sizes, contacts), round(ofOne), round(ofBoth))
  for (const visitor of [...ofOne, ...ofBoth]) visitor.leave()
  await Promise.all(two.map(one => one.ask('stopServing', null)))
  await offices.drop(database)
  return rowOf({ ...line, what: 'two processes: first page' }, portico, floor)
}

/** One after the other: an account may be tried only so often at once. */
async function visitorsOf(ports: number[]): Promise<Visitor[]> {
  const visitors: Visitor[] = []
  while (visitors.length < VISITORS) {
    const from = `10.0.${String(ports.length)}.${String(visitors.length)}`
    visitors.push(await Visitor.ofStaff(ports[visitors.length % ports.length] ?? 0, from))
  }
  return visitors
}

async function visitedBy(visitors: Visitor[], requests: number): Promise<Round> {
  const begin = performance.now()
  await Promise.all(
    visitors.map(async visitor => {
      for (let n = 0; n < requests; n += 1) await visitor.ask(FIRST_PAGE)
    }),
  )
  return { value: (performance.now() - begin) / (visitors.length * requests), cpuMs: null, peakMb: null }
}

/** How long so many mails take. */
async function mails({ offices, dataDir, sizes }: Bench, contacts: number, two: Two, line: Line): Promise<Row> {
  const office = await offices.copyOf({ contacts: Math.min(contacts, ...sizes.send), inUse: false })
  await two[0].ask('inviteContacts', { place: { database: office, dataDir } })
  const sink = await MeasuredProcess.start('sink')
  const smtp = await sink.ask<string>('listen', null)
  const sentBy = (some: MeasuredProcess[]) => async (): Promise<Round> => {
    const database = await offices.copy(office)
    const times = await Promise.all(
      some.map(one => one.ask<number>('sendMails', { place: { database, dataDir, smtp } })),
    )
    await offices.drop(database)
    expectRows({ mails: await sink.ask('takenSince', null) }, { mails: Math.min(contacts, ...sizes.send) })
    return { value: Math.max(...times) / 1000, cpuMs: null, peakMb: null }
  }
  const { floor, portico } = await inTurns(roundsFor(sizes, contacts), sentBy([two[0]]), sentBy(two))
  await sink.end()
  await offices.drop(office)
  return rowOf({ ...line, what: 'two processes: send mails', unit: 's' }, portico, floor)
}

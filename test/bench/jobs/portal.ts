import { inTurns, type Bench, type Job, type Sides } from '../bench.ts'
import { GENERIC_PASSWORD } from '../offices/files.ts'
import { CUSTOMER_ID } from '../offices/fill.ts'
import { people } from '../offices/people.ts'
import { roundOf } from '../processes/measured-process.ts'
import { freePort } from '../../support/free-port.ts'
import { Visitor } from '../processes/visitor.ts'
import { median } from '../results/numbers.ts'
import { rowOf, type Line, type Round, type Row } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'
import { pageRounds, warmUp } from './pages.ts'

const DOCUMENTS = 50

/** What a page must say, and how many rows its floor has. */
const PAGES = [
  { what: 'portal: home', page: '/portal/home', says: 'Orders', rows: 2 },
  { what: 'portal: 50 documents', page: '/portal/portals/orders/documents', says: 'Statement 50.pdf', rows: DOCUMENTS },
]

/**
 * What customers do: they sign in, beside one comparison of a password, and look at pages, beside tables of ready rows.
 */
export const portal: Job = {
  name: 'portal',
  goal: 'B8',
  sizes: sizes => sizes.portal,
  async measure(bench, contacts) {
    const { offices, dataDir } = bench
    const database = await offices.copyOf({ contacts, inUse: true })
    const port = await freePort()
    const place = { database, dataDir, port }
    return bench.withSides(async sides => {
      await sides.portico.ask('addDocuments', { place, count: DOCUMENTS })
      await sides.portico.ask('serveOffice', { place })
      const line: Line = { job: 'B8', what: '', contacts, engine: offices.engine, unit: 'ms', goal: null, note: '' }
      const door = doorOf(port, contacts)
      const rows = [await signInRow(bench, line, sides, door), ...(await pageRows(bench, line, sides, door, database))]
      await Promise.all([sides.portico.ask('stopServing', null), sides.floor.ask('stopServing', null)])
      await offices.drop(database)
      return rows
    })
  },
}

/** Lets the customer in. Each time they come from another address, since one address may try only so often. */
function doorOf(port: number, contacts: number): () => Promise<{ visitor: Visitor; ms: number }> {
  const [customer] = people(1, { first: CUSTOMER_ID - 1, all: contacts })
  let visits = 0
  return async () => {
    visits += 1
    const visitor = new Visitor(port)
    const names = { username: customer?.username ?? '', password: GENERIC_PASSWORD }
    const from = { 'x-forwarded-for': `10.0.${String(Math.floor(visits / 250))}.${String(visits % 250)}` }
    return { visitor, ms: (await visitor.signIn('/portal/sign-in', names, from)).ms }
  }
}

type Door = ReturnType<typeof doorOf>

async function signInRow({ sizes }: Bench, line: Line, sides: Sides, door: Door): Promise<Row> {
  const times = Math.ceil(sizes.requests / 2)
  const floorRound = async (): Promise<Round> => {
    const measured = await sides.floor.measure<number[]>('verifyPassword', { password: GENERIC_PASSWORD, times })
    return roundOf(measured, median(measured.answer), times)
  }
  const porticoRound = async (): Promise<Round> => {
    const measured = await sides.portico.watch(() => signIns(door, times))
    return roundOf(measured, median(measured.answer), times)
  }
  await signIns(door, 2)
  const { floor, portico } = await inTurns(roundsFor(sizes, line.contacts), floorRound, porticoRound)
  const note = 'the form sent; CPU with the form shown'
  return rowOf({ ...line, what: 'portal: sign in', goal: { within: 1.1 }, note }, portico, floor)
}

async function signIns(door: Door, times: number): Promise<number[]> {
  const all: number[] = []
  for (let time = 0; time < times; time += 1) {
    const { visitor, ms } = await door()
    all.push(ms)
    visitor.leave()
  }
  return all
}

async function pageRows(bench: Bench, line: Line, sides: Sides, door: Door, database: string): Promise<Row[]> {
  const { visitor } = await door()
  const port = await freePort()
  const cells = Array.from({ length: DOCUMENTS }, (_, row) => [
    `Statement ${String(row + 1)}.pdf`,
    '1 kB',
    '22 Nov 2026',
    'PDF',
  ])
  await sides.floor.ask('serveTables', { database, port, realm: 'portal', contacts: [], cells })
  const bare = new Visitor(port)
  const rows: Row[] = []
  for (const { what, page, says, rows: many } of PAGES) {
    if (!(await visitor.page(page)).includes(says)) throw new Error(`${page} does not say ${says}`)
    const pages = { page, floor: `/plain-table?rows=${String(many)}` }
    await warmUp(bench, { visitor, bare }, pages)
    const found = await pageRounds(bench, line.contacts, sides, { visitor, bare }, pages)
    rows.push(rowOf({ ...line, what, goal: { within: 2.5 }, note: found.note }, found.portico, found.floor))
  }
  visitor.leave()
  bare.leave()
  return rows
}

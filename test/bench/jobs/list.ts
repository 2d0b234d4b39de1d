import { expectRows, type Bench, type Job, type Sides } from '../bench.ts'
import type { ListedContact } from '../floor/serve.ts'
import { openBare } from '../offices/bare.ts'
import { PORTALS } from '../offices/files.ts'
import { portalsOf } from '../offices/fill.ts'
import { freePort } from '../../support/free-port.ts'
import { Visitor } from '../processes/visitor.ts'
import { short, timed } from '../results/numbers.ts'
import { rowOf, type Line, type Row } from '../results/row.ts'
import { pageRounds, warmUp, type Visitors } from './pages.ts'

const ROWS_A_PAGE = 50
const FLOOR = '/contacts-table'
const FLAT = 1.5

/** The pages of the contacts list, each beside such a table of ready rows behind one session read. */
export const list: Job = {
  name: 'list',
  goal: 'B3',
  sizes: sizes => sizes.list,
  measure: (bench, contacts) =>
    bench.withSides(async sides => {
      const database = await bench.offices.copyOf({ contacts, inUse: true })
      const visitors = await bothVisitors(bench, sides, database)
      const rows = await pagesOf(bench, contacts, sides, visitors)
      visitors.visitor.leave()
      visitors.bare.leave()
      await Promise.all([sides.portico.ask('stopServing', null), sides.floor.ask('stopServing', null)])
      await bench.offices.drop(database)
      return rows
    }),
  across: flatness,
}

/** The first page by name, for measurements that need just one list. */
export const FIRST_PAGE = `/staff/contacts?size=${String(ROWS_A_PAGE)}&sort=name`

/** None of those that are measured, so that the first look at each of them is one. */
const OTHER_PAGE = `/staff/contacts?size=${String(ROWS_A_PAGE)}&q=an`

/** What is special about each page, and what it asks for. */
function pagesAt(contacts: number): [what: string, query: string][] {
  const last = Math.ceil(contacts / ROWS_A_PAGE)
  return [
    ['first page', 'sort=name'],
    ['page half way', `page=${String(Math.ceil(last / 2))}`],
    ['last page', `page=${String(last)}`],
    ['search, one letter', 'q=m'],
    ['search, three letters', 'q=mar'],
    ['search, eight letters', 'q=lindstro'],
    ['by name, Z to A', 'sort=-name'],
    ['by company', 'sort=company'],
    ['by company, Z to A', 'sort=-company'],
    ['by email', 'sort=email'],
    ['by email, Z to A', 'sort=-email'],
    ['by last sign-in', 'sort=last-sign-in'],
    ['by last sign-in, newest first', 'sort=-last-sign-in'],
    ['type and portal', 'type=client&portal=1'],
  ]
}

async function bothVisitors({ dataDir }: Bench, sides: Sides, database: string): Promise<Visitors> {
  const contacts = await firstRows(database)
  const port = await freePort()
  await sides.portico.ask('serveOffice', { place: { database, dataDir, port } })
  const visitor = await Visitor.ofStaff(port)
  const barePort = await freePort()
  await sides.floor.ask('serveTables', { database, port: barePort, realm: 'staff', contacts, cells: [] })
  return { visitor, bare: new Visitor(barePort) }
}

async function pagesOf(bench: Bench, contacts: number, sides: Sides, visitors: Visitors): Promise<Row[]> {
  const line: Line = { job: 'B3', what: '', contacts, engine: bench.offices.engine, unit: 'ms', goal: null, note: '' }
  const rows: Row[] = []
  await warmUp(bench, visitors, { page: OTHER_PAGE, floor: FLOOR })
  for (const [what, query] of pagesAt(contacts)) {
    const page = `/staff/contacts?size=${String(ROWS_A_PAGE)}&${query}`
    const first = await timed(async () => expectContacts(what, await visitors.visitor.page(page)))
    const found = await pageRounds(bench, contacts, sides, visitors, { page, floor: FLOOR })
    const note = `${found.note}; the first look ${short(first)} ms`
    const named: Line = { ...line, what: `list: ${what}`, goal: { within: 2.5 }, note }
    rows.push(rowOf(named, found.portico, found.floor))
  }
  return rows
}

/** All that is asked for here has whole pages, except the last one, and for what is rare in a small office. */
function expectContacts(what: string, page: string): void {
  const found = new Set(page.match(/href="\/staff\/contacts\/\d+"/g)).size
  const isWhole = /^(first|by|page)/.test(what)
  if (isWhole) expectRows({ [`contacts on the ${what}`]: found }, { [`contacts on the ${what}`]: ROWS_A_PAGE })
  else if (found === 0) throw new Error(`There are no contacts on the page of ${what}`)
}

/** How much slower each page is in the largest office than in the smallest; the bounds are those of the two spreads. */
function flatness(rows: Row[]): Row[] {
  const [few, many] = [Math.min(...rows.map(row => row.contacts)), Math.max(...rows.map(row => row.contacts))]
  if (few === many) return []
  return rows.flatMap(row => {
    const small = rows.find(one => one.what === row.what && one.contacts === few)
    if (row.contacts !== many || !small) return []
    const [big, little] = [row.portico.value, small.portico.value]
    const value = {
      median: big.median / little.median,
      low: big.low / little.high,
      high: big.high / little.low,
      rounds: Math.min(big.rounds, little.rounds),
    }
    const side = { value, cpuMs: null, peakMb: null }
    const note = `p50 over that at ${few.toLocaleString('en-GB')}`
    const named = { ...row, what: row.what.replace('list:', 'flat:'), unit: '×', goal: { most: FLAT }, note } as const
    return [{ ...named, portico: side, floor: null, ratio: null }]
  })
}

/** The first contacts by name, with the portals that `addUse` gives. */
async function firstRows(database: string): Promise<ListedContact[]> {
  const db = await openBare(database)
  const rows = await db.all<
    Omit<ListedContact, 'portals' | 'lastSignIn'> & { userid: number; seen: number | string | null }
  >(
    `select contacts.id as id, contacts.name as name, companies.name as company, contacts.email as email,
      portal_users.username as username, portal_users.id as userid, portal_users.last_login_at as seen
    from contacts left join companies on companies.id = contacts.company_id
    join portal_users on portal_users.contact_id = contacts.id
    order by contacts.name_normalized, contacts.id limit ${String(ROWS_A_PAGE)}`,
  )
  await db.close()
  expectRows({ contacts: rows.length }, { contacts: ROWS_A_PAGE })
  return rows.map(({ userid, seen, ...row }) => {
    const portals = portalsOf(userid).map(id => PORTALS[id - 1] ?? '')
    return { ...row, portals, lastSignIn: seen === null ? null : new Date(Number(seen)).toISOString().slice(0, 10) }
  })
}

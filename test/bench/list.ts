import path from 'node:path'
import { ALL_CONTACTS } from '../../src/core/contacts/filter.ts'
import { contactsPage, type ContactRow } from '../../src/core/contacts/queries.ts'
import { openDb } from '../../src/db/index.ts'
import { copyOf } from './databases.ts'
import { MeasuredProcess } from './measured-process.ts'
import { median, percentile, short } from './numbers.ts'
import type { Sizes } from './options.ts'
import type { Row } from './table.ts'
import { freePort, Visitor } from './visitor.ts'

const ROWS_A_PAGE = 50
const FEWEST_REQUESTS = 10
const LONGEST_ROUND_MS = 3000
const FIRST_BY_NAME = { by: 'name', descending: false } as const

/** The pages that are asked for, by what is special about them. */
function addresses(contacts: number): [what: string, address: string][] {
  const deep = String(Math.max(1, Math.floor(contacts / ROWS_A_PAGE / 2)))
  return [
    ['first page', 'sort=name'],
    ['page half way', `page=${deep}`],
    ['search for three letters', 'q=mar'],
    ['sorted by company', 'sort=company'],
    ['type and portal', 'type=client&portal=1'],
  ].map(([what = '', query = '']) => [what, `/staff/contacts?size=${String(ROWS_A_PAGE)}&${query}`])
}

/** One page of one office: the middle of its rounds, and the slowest in a hundred of all its requests. */
interface Latency {
  what: string
  goal: number | null
  floorP50: number
  p50: number
  floorP99: number
  p99: number
}

/** The pages of the list in an office with few contacts and in one with many; the floor knows no difference. */
export async function measureList(offices: [few: string, many: string], sizes: Sizes): Promise<Row[]> {
  const [few, many] = sizes.list
  const small = await latencies(offices[0], few, sizes)
  const big = await latencies(offices[1], many, sizes)
  return [...small.map(one => rowOf(few, one)), ...big.map((one, index) => rowOf(many, one, small[index]))]
}

function rowOf(contacts: number, one: Latency, few?: Latency): Row {
  const flat = few ? `, ${(one.p50 / few.p50).toFixed(2)}× the small office` : ''
  const note = `p99 ${short(one.p99)} ms (floor ${short(one.floorP99)})${flat}`
  return {
    what: `list: ${one.what}`,
    contacts,
    unit: 'ms',
    floor: one.floorP50,
    portico: one.p50,
    goal: one.goal,
    note,
  }
}

async function latencies(office: string, contacts: number, sizes: Sizes): Promise<Latency[]> {
  const database = copyOf(office, `list-${String(contacts)}`)
  const rows = await firstRows(database)
  const [portico, floor] = [await MeasuredProcess.start('portico'), await MeasuredProcess.start('floor')]
  const place = { database, dataDir: path.join(path.dirname(office), 'data'), port: await freePort() }
  await portico.ask('serveOffice', { place })
  const visitor = new Visitor(place.port)
  await visitor.signIn()
  const port = await freePort()
  await floor.ask('serveTables', { database, rows, port })
  const found = await compareAll({ visitor, bare: new Visitor(port) }, contacts, sizes)
  await portico.ask('stopServing', null)
  await Promise.all([portico.end(), floor.end()])
  return found
}

interface Visitors {
  visitor: Visitor
  bare: Visitor
}

async function compareAll({ visitor, bare }: Visitors, contacts: number, sizes: Sizes): Promise<Latency[]> {
  const found: Latency[] = []
  for (const [what, address] of addresses(contacts)) {
    const [floor, portico] = await compared({ visitor, bare }, '/same-table', address, sizes)
    found.push(latency(what, 2.5, floor, portico))
  }
  const first = addresses(contacts)[0]?.[1] ?? ''
  const [floor, portico] = await compared({ visitor, bare }, '/plain-table', first, sizes)
  found.push(latency('first page, floor a plain table', null, floor, portico))
  visitor.leave()
  bare.leave()
  return found
}

/** Milliseconds of every request, round by round: floor, Portico, floor, Portico … */
async function compared({ visitor, bare }: Visitors, floorAddress: string, address: string, sizes: Sizes) {
  const floor: number[][] = []
  const portico: number[][] = []
  await requests(bare, floorAddress, sizes.requests)
  await requests(visitor, address, sizes.requests)
  for (let round = 0; round < sizes.rounds; round += 1) {
    floor.push(await requests(bare, floorAddress, sizes.requests))
    portico.push(await requests(visitor, address, sizes.requests))
  }
  return [floor, portico] as const
}

/** Slow pages are asked for less often, so that a run ends. */
async function requests(visitor: Visitor, address: string, count: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + LONGEST_ROUND_MS
  while (times.length < count && (times.length < FEWEST_REQUESTS || performance.now() < end)) {
    times.push((await visitor.ask(address)).ms)
  }
  return times
}

function latency(what: string, goal: number | null, floor: number[][], portico: number[][]): Latency {
  const [floorP50, p50] = [median(floor.map(median)), median(portico.map(median))]
  const [floorP99, p99] = [percentile(floor.flat(), 0.99), percentile(portico.flat(), 0.99)]
  return { what, goal, floorP50, p50, floorP99, p99 }
}

async function firstRows(database: string): Promise<ContactRow[]> {
  const db = openDb(`sqlite:${database}`)
  const rows = await contactsPage(db, ALL_CONTACTS, FIRST_BY_NAME, {
    page: 1,
    perPage: ROWS_A_PAGE,
    total: ROWS_A_PAGE,
  })
  await db.destroy()
  return rows
}

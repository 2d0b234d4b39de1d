import path from 'node:path'
import { workbookLines } from '../../src/core/workbooks/read.ts'
import { openDb } from '../../src/db/index.ts'
import { rowsIn } from './bare-sqlite.ts'
import { companiesOf, copyOf, madeDatabase } from './databases.ts'
import type { BareImport } from './floor-workbook.ts'
import { median, short } from './numbers.ts'
import type { Sizes } from './options.ts'
import { people } from './people.ts'
import type { WorkbookTimes } from './portico-workbook.ts'
import { expectRows, memoryRow, type Sides } from './sides.ts'
import type { Row } from './table.ts'
import { userCells, writeWorkbook } from './workbook-file.ts'

const TABLES = ['portal_users', 'sign_in_names', 'portal_access']

/** A workbook of portal users with a company and two portals each: taking it in, and importing it. */
export async function measureWorkbookImport(folder: string, sizes: Sizes, { floor, portico }: Sides): Promise<Row[]> {
  const users = sizes.workbook
  const office = await officeWithCompanies(folder, users)
  const file = path.join(folder, 'people.xlsx')
  await writeWorkbook(file, people(users).map(userCells), true)
  const floors: (BareImport & { peakMb: number | null })[] = []
  const times: (WorkbookTimes & { peakMb: number | null })[] = []
  for (let round = 0; round < sizes.rounds; round += 1) {
    const bare = copyOf(office, `workbook-floor-${String(round)}`)
    const measured = await floor.measure<BareImport>('importUsers', { database: bare, file })
    floors.push({ ...measured.answer, peakMb: measured.peakMb })
    const database = copyOf(office, `workbook-${String(round)}`)
    const place = { database, dataDir: path.join(folder, 'data'), port: 0 }
    const { answer, peakMb } = await portico.measure<WorkbookTimes>('importUsers', { place, file })
    times.push({ ...answer, peakMb })
    for (const one of [bare, database])
      expectRows(await rowsIn(one, TABLES), { portal_users: users, sign_in_names: users, portal_access: users * 2 })
  }
  return [...importRows(users, floors, times), ...memoryRow('workbook import', users, floors, times)]
}

/** The template with everybody in it. */
export async function measureWorkbookExport(office: string, sizes: Sizes, { floor, portico }: Sides): Promise<Row[]> {
  const users = sizes.workbook
  const database = copyOf(office, 'workbook-export')
  const place = { database, dataDir: path.join(path.dirname(office), 'data'), port: 0 }
  const file = path.join(path.dirname(office), 'template.xlsx')
  const floors: { ms: number; peakMb: number | null }[] = []
  const times: { ms: number; peakMb: number | null }[] = []
  for (let round = 0; round < sizes.rounds; round += 1) {
    const bare = await floor.measure<number>('exportUsers', { count: users, file })
    floors.push({ ms: bare.answer, peakMb: bare.peakMb })
    expectRows({ rows: await linesIn(file) }, { rows: users + 2 })
    const { answer, peakMb } = await portico.measure<number>('exportUsers', { place, file })
    times.push({ ms: answer, peakMb })
    expectRows({ rows: await linesIn(file) }, { rows: users + 2 })
  }
  const [floorMs, ms] = [median(floors.map(one => one.ms)), median(times.map(one => one.ms))]
  const line = timeRow('workbook export: portal users', users, floorMs, ms)
  return [line, ...memoryRow('workbook export', users, floors, times)]
}

function importRows(users: number, floors: BareImport[], times: WorkbookTimes[]): Row[] {
  const upload = median(times.map(one => one.upload))
  const all = median(times.map(one => one.upload + one.run))
  return [
    timeRow('workbook import: upload and run', users, median(floors.map(one => one.all)), all),
    timeRow('workbook import: upload alone', users, median(floors.map(one => one.read)), upload),
  ]
}

function timeRow(what: string, contacts: number, floorMs: number, ms: number): Row {
  const perSecond = (each: number): string => short((contacts / each) * 1000)
  const note = `${perSecond(ms)} rows/s (floor ${perSecond(floorMs)})`
  return { what, contacts, unit: 's', floor: floorMs / 1000, portico: ms / 1000, goal: 2, note }
}

async function officeWithCompanies(folder: string, users: number): Promise<string> {
  const file = copyOf(await madeDatabase(folder, { contacts: 0, inUse: false }), 'companies')
  const db = openDb(`sqlite:${file}`)
  await companiesOf(db, people(users))
  await db.destroy()
  return file
}

async function linesIn(file: string): Promise<number> {
  let lines = 0
  for await (const piece of workbookLines(file)) lines += piece.toString('latin1').split('\n').length - 1
  return lines
}

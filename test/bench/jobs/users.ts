import path from 'node:path'
import { openDb } from '../../../src/db/index.ts'
import { workbookLines } from '../../../src/core/workbooks/read.ts'
import { expectRows, inTurns, type Bench, type Job } from '../bench.ts'
import type { BareImport } from '../floor/users.ts'
import { rowsIn } from '../offices/bare.ts'
import { writeUsersBook } from '../offices/files.ts'
import { addCompaniesOf } from '../offices/fill.ts'
import type { WorkbookTimes } from '../portico/users.ts'
import { roundOf } from '../processes/measured-process.ts'
import { rowOf, type Line, type Round } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'
import { speeds } from './import.ts'

const TABLES = ['portal_users', 'sign_in_names', 'portal_access'] as const
const TOP_ROWS = 2

/** A workbook of portal users with a company and two portals each: taking it in, and importing it. */
export const userImport: Job = {
  name: 'user-import',
  goal: 'B6',
  sizes: sizes => sizes.users,
  async measure(bench, users) {
    const { offices, folder, dataDir } = bench
    const office = await officeWithCompanies(bench, users)
    const file = path.join(folder, 'people.xlsx')
    await writeUsersBook(file, users)
    const uploads: { floor: Round[]; portico: Round[] } = { floor: [], portico: [] }
    const whole = await bench.withSides(sides =>
      inTurns(
        roundsFor(bench.sizes, users),
        () =>
          onCopy(bench, office, users, async database => {
            const measured = await sides.floor.measure<BareImport>('importUsers', { database, file })
            const { read, all } = measured.answer
            uploads.floor.push({ value: read / 1000, cpuMs: null, peakMb: null })
            return roundOf(measured, all / 1000)
          }),
        () =>
          onCopy(bench, office, users, async database => {
            const given = { place: { database, dataDir }, file }
            const measured = await sides.portico.measure<WorkbookTimes>('importUsers', given)
            const { upload, run } = measured.answer
            uploads.portico.push({ value: upload / 1000, cpuMs: null, peakMb: null })
            return roundOf(measured, (upload + run) / 1000)
          }),
      ),
    )
    await offices.drop(office)
    const line = lineOf(bench, users)
    const note = speeds(whole.portico, whole.floor, users)
    const [all, alone] = ['upload and run', 'upload alone'].map(part => `import workbook of portal users: ${part}`)
    return [
      rowOf({ ...line, what: all ?? '', note }, whole.portico, whole.floor),
      rowOf({ ...line, what: alone ?? '' }, uploads.portico, uploads.floor),
    ]
  },
}

/** The template with everybody in it. */
export const userExport: Job = {
  name: 'user-export',
  goal: 'B6',
  sizes: sizes => sizes.users,
  async measure(bench, users) {
    const { offices, folder, dataDir } = bench
    const database = await offices.copyOf({ contacts: users, inUse: true })
    const file = path.join(folder, 'template.xlsx')
    const { floor, portico } = await bench.withSides(sides =>
      inTurns(
        roundsFor(bench.sizes, users),
        async () => {
          const measured = await sides.floor.measure<number>('exportUsers', { users, file })
          expectRows({ lines: await linesOfBook(file) }, { lines: users + TOP_ROWS })
          return roundOf(measured, measured.answer / 1000)
        },
        async () => {
          const given = { place: { database, dataDir }, file }
          const measured = await sides.portico.measure<number>('exportUsers', given)
          expectRows({ lines: await linesOfBook(file) }, { lines: users + TOP_ROWS })
          return roundOf(measured, measured.answer / 1000)
        },
      ),
    )
    await offices.drop(database)
    const line = { ...lineOf(bench, users), what: 'export workbook of portal users' }
    return [rowOf({ ...line, note: speeds(portico, floor, users) }, portico, floor)]
  },
}

/** How many rows the first sheet of a workbook has. */
export async function linesOfBook(file: string): Promise<number> {
  let lines = 0
  for await (const piece of workbookLines(file)) lines += piece.toString('latin1').split('\n').length - 1
  return lines
}

function lineOf({ offices }: Bench, contacts: number): Line {
  return { job: 'B6', what: '', contacts, engine: offices.engine, unit: 's', goal: { within: 2 }, note: '' }
}

async function onCopy<T>(
  { offices }: Bench,
  office: string,
  users: number,
  work: (database: string) => Promise<T>,
): Promise<T> {
  const database = await offices.copy(office)
  const done = await work(database)
  const wanted = { portal_users: users, sign_in_names: users, portal_access: users * 2 }
  expectRows(await rowsIn(database, [...TABLES]), wanted)
  await offices.drop(database)
  return done
}

async function officeWithCompanies({ offices }: Bench, users: number): Promise<string> {
  const office = await offices.copyOf({ contacts: 0, inUse: false })
  const db = openDb(office)
  await addCompaniesOf(db, users)
  await db.destroy()
  return office
}

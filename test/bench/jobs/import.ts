import { rmSync } from 'node:fs'
import path from 'node:path'
import { expectRows, inTurns, type Bench, type Job, type Sides } from '../bench.ts'
import { rowsIn } from '../offices/bare.ts'
import { ownPassword, writeContactsBook, writeContactsCsv } from '../offices/files.ts'
import { people } from '../offices/people.ts'
import type { ImportTimes } from '../portico/import.ts'
import { roundOf, type Measured } from '../processes/measured-process.ts'
import { median, short } from '../results/numbers.ts'
import { rowOf, type Line, type Round, type Row } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'

/** Every contact of a file has a username and an email address to sign in with, and two portals. */
const TABLES = ['contacts', 'portal_users', 'sign_in_names', 'portal_access'] as const

/** A file of contacts with usernames, one password and two portals: the check and the run. */
export const csvImport: Job = {
  name: 'import',
  goal: 'B1',
  sizes: sizes => sizes.import,
  async measure(bench, contacts) {
    const file = path.join(bench.folder, 'contacts.csv')
    writeContactsCsv(file, { contacts })
    const { floor, portico } = await importedInTurns(bench, contacts, file)
    const line = lineOf(bench, { job: 'B1', what: 'import CSV', contacts })
    const noted = { ...line, goal: { within: 3 }, note: `${speeds(portico, floor, contacts)}; floor without triggers` }
    const peaks = portico.flatMap(({ peakMb: value }) => (value === null ? [] : [{ value, cpuMs: null, peakMb: null }]))
    return [
      rowOf({ ...noted, what: 'import CSV: check and run' }, portico, floor),
      ...steps(line, portico),
      ...memoryRow({ ...line, what: 'import CSV: peak memory above idle', goal: { most: 150 } }, peaks),
    ]
  },
}

/** The same with a password of their own for everybody, beside nothing but hashing those. */
export const passwordImport: Job = {
  name: 'passwords',
  goal: 'B2',
  sizes: sizes => sizes.passwords,
  async measure(bench, contacts) {
    const file = path.join(bench.folder, 'passwords.csv')
    writeContactsCsv(file, { contacts, ownPasswords: true })
    const passwords = people(contacts).map(ownPassword)
    const line = lineOf(bench, { job: 'B2', what: 'import CSV, a password for each: check and run', contacts })
    const { floor, portico } = await bench.withSides(sides =>
      inTurns(
        roundsFor(bench.sizes, contacts),
        async () => {
          const measured = await sides.floor.measure<number>('hashPasswords', { passwords })
          return roundOf(measured, measured.answer / 1000)
        },
        () => porticoRound(bench, sides, file, contacts),
      ),
    )
    const note = `${speeds(portico, floor, contacts)}; floor hashes on all cores`
    return [rowOf({ ...line, goal: { within: 1.15 }, note }, portico, floor)]
  },
}

/** The same contacts in a workbook. */
export const bookImport: Job = {
  name: 'book-import',
  goal: 'B6',
  sizes: sizes => sizes.book,
  async measure(bench, contacts) {
    const file = path.join(bench.folder, 'contacts.xlsx')
    await writeContactsBook(file, { contacts })
    const { floor, portico } = await importedInTurns(bench, contacts, file)
    const line = lineOf(bench, { job: 'B6', what: 'import workbook of contacts: upload, check and run', contacts })
    const whole = portico.map(round => ({ ...round, value: round.value + round.times.upload / 1000 }))
    return [rowOf({ ...line, goal: { within: 2 }, note: speeds(whole, floor, contacts) }, whole, floor)]
  },
}

/** How many rows a second both sides managed. */
export function speeds(portico: Round[], floor: Round[], rows: number): string {
  const [ours, bare] = [portico, floor].map(rounds => short(rows / median(rounds.map(round => round.value))))
  return `${ours ?? ''} rows/s, floor ${bare ?? ''}`
}

/** No row where the system does not tell. */
export function memoryRow(line: Line, peaks: Round[]): Row[] {
  return peaks.length === 0 ? [] : [rowOf({ ...line, unit: 'MB' }, peaks, null)]
}

/** A round with how long each step took. */
interface ImportRound extends Round {
  times: ImportTimes
}

function lineOf(bench: Bench, named: Pick<Line, 'job' | 'what' | 'contacts'>): Line {
  return { ...named, engine: bench.offices.engine, unit: 's', goal: null, note: '' }
}

function steps(line: Line, rounds: ImportRound[]): Row[] {
  const names: [keyof ImportTimes, string][] = [
    ['upload', 'taking the file'],
    ['check', 'check alone'],
    ['run', 'run alone'],
  ]
  return names.map(([step, words]) => {
    const alone = rounds.map(({ times }) => ({ value: times[step] / 1000, cpuMs: null, peakMb: null }))
    return rowOf({ ...line, what: `import CSV: ${words}` }, alone, null)
  })
}

async function importedInTurns(bench: Bench, contacts: number, file: string) {
  const portico: ImportRound[] = []
  const { floor } = await bench.withSides(sides =>
    inTurns(
      roundsFor(bench.sizes, contacts),
      () =>
        onEmptyOffice(bench, contacts, async database => {
          const measured = await sides.floor.measure<number>('importContacts', { database, file })
          return roundOf(measured, measured.answer / 1000)
        }),
      async () => {
        const round = await porticoRound(bench, sides, file, contacts)
        portico.push(round)
        return round
      },
    ),
  )
  rmSync(file)
  return { floor, portico }
}

function porticoRound(bench: Bench, { portico }: Sides, file: string, contacts: number): Promise<ImportRound> {
  return onEmptyOffice(bench, contacts, async database => {
    const place = { database, dataDir: bench.dataDir }
    const measured: Measured<ImportTimes> = await portico.measure('importContacts', { place, file })
    const { check, run } = measured.answer
    return { ...roundOf(measured, (check + run) / 1000), times: measured.answer }
  })
}

async function onEmptyOffice<T>(
  { offices }: Bench,
  contacts: number,
  work: (database: string) => Promise<T>,
): Promise<T> {
  const database = await offices.copyOf({ contacts: 0, inUse: false })
  const done = await work(database)
  expectRows(await rowsIn(database, [...TABLES]), {
    contacts,
    portal_users: contacts,
    sign_in_names: contacts * 2,
    portal_access: contacts * 2,
  })
  await offices.drop(database)
  return done
}

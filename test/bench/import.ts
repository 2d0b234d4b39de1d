import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { rowsIn } from './bare-sqlite.ts'
import { copyOf, madeDatabase } from './databases.ts'
import type { MeasuredProcess } from './measured-process.ts'
import { median, short } from './numbers.ts'
import type { Sizes } from './options.ts'
import { contactsFile, people } from './people.ts'
import type { ImportTimes } from './portico.ts'
import { expectRows, memoryRow, type Sides } from './sides.ts'
import type { Row } from './table.ts'

const TABLES = ['contacts', 'portal_users', 'sign_in_names', 'portal_access']

/** A file of contacts with usernames, one password and two portals: the check and the run. */
export async function measureImport(folder: string, sizes: Sizes, { floor, portico }: Sides): Promise<Row[]> {
  const contacts = sizes.import
  const empty = await madeDatabase(folder, { contacts: 0, inUse: false })
  const file = path.join(folder, 'contacts.csv')
  writeFileSync(file, contactsFile(people(contacts)))
  const floors: { ms: number; peakMb: number | null }[] = []
  const times: (ImportTimes & { peakMb: number | null })[] = []
  for (let round = 0; round < sizes.rounds; round += 1) {
    floors.push(await floorImport(floor, copyOf(empty, `import-floor-${String(round)}`), file, contacts))
    times.push(await porticoImport(portico, copyOf(empty, `import-${String(round)}`), file, contacts))
  }
  const step = (name: keyof ImportTimes): number => median(times.map(one => one[name]))
  const floorMs = median(floors.map(one => one.ms))
  const ms = median(times.map(one => one.check + one.run))
  const perSecond = (each: number): string => short((contacts / each) * 1000)
  const line = { contacts, unit: 's', floor: null, goal: null, note: '' } as const
  return [
    {
      ...line,
      what: 'import: check and run',
      floor: floorMs / 1000,
      portico: ms / 1000,
      goal: 3,
      note: `${perSecond(ms)} rows/s (floor ${perSecond(floorMs)})`,
    },
    { ...line, what: 'import: check alone', portico: step('check') / 1000, note: `${perSecond(step('check'))} rows/s` },
    { ...line, what: 'import: run alone', portico: step('run') / 1000, note: `${perSecond(step('run'))} rows/s` },
    { ...line, what: 'import: taking the file', portico: step('upload') / 1000 },
    ...memoryRow('import', contacts, floors, times),
  ]
}

async function floorImport(floor: MeasuredProcess, database: string, file: string, contacts: number) {
  const { answer: ms, peakMb } = await floor.measure<number>('importContacts', { database, file })
  await expectImported(database, contacts)
  return { ms, peakMb }
}

async function porticoImport(portico: MeasuredProcess, database: string, file: string, contacts: number) {
  const place = { database, dataDir: path.join(path.dirname(database), 'data'), port: 0 }
  const { answer, peakMb } = await portico.measure<ImportTimes>('importContacts', { place, file })
  await expectImported(database, contacts)
  return { ...answer, peakMb }
}

async function expectImported(database: string, contacts: number): Promise<void> {
  const [names, access] = [contacts * 2, contacts * 2]
  expectRows(await rowsIn(database, TABLES), {
    contacts,
    portal_users: contacts,
    sign_in_names: names,
    portal_access: access,
  })
}

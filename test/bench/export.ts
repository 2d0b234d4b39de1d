import path from 'node:path'
import { copyOf } from './databases.ts'
import { median, short } from './numbers.ts'
import type { Sizes } from './options.ts'
import { expectRows, memoryRow, type Sides } from './sides.ts'
import type { Row } from './table.ts'
import { freePort, Visitor } from './visitor.ts'

interface Exported {
  ms: number
  rows: number
  peakMb: number | null
}

/** All contacts as a CSV file over HTTP, thrown away as it comes. */
export async function measureExport(office: string, sizes: Sizes, { floor, portico }: Sides): Promise<Row[]> {
  const contacts = sizes.export
  const database = copyOf(office, 'export')
  const port = await freePort()
  await portico.ask('serveOffice', { place: { database, dataDir: path.join(path.dirname(office), 'data'), port } })
  const visitor = new Visitor(port)
  await visitor.signIn()
  const floors: Exported[] = []
  const exports: (Exported & { firstByteMs: number })[] = []
  for (let round = 0; round < sizes.rounds; round += 1) {
    const bare = await floor.measure<{ ms: number; rows: number }>('exportContacts', { database })
    floors.push({ ...bare.answer, peakMb: bare.peakMb })
    const { answer, peakMb } = await portico.watch(() => visitor.ask('/staff/contacts/export.csv'))
    exports.push({ ms: answer.ms, firstByteMs: answer.firstByteMs, rows: answer.lines - 1, peakMb })
  }
  visitor.leave()
  await portico.ask('stopServing', null)
  for (const { rows } of [...floors, ...exports]) expectRows({ rows }, { rows: contacts })
  return [...timeRows(contacts, floors, exports), ...memoryRow('export', contacts, floors, exports)]
}

function timeRows(contacts: number, floors: Exported[], exports: (Exported & { firstByteMs: number })[]): Row[] {
  const floorMs = median(floors.map(one => one.ms))
  const ms = median(exports.map(one => one.ms))
  const firstByte = median(exports.map(one => one.firstByteMs))
  const perSecond = (each: number): string => short((contacts / each) * 1000)
  const note = `${perSecond(ms)} rows/s (floor ${perSecond(floorMs)})`
  return [
    { what: 'export: whole file', contacts, unit: 's', floor: floorMs / 1000, portico: ms / 1000, goal: 2, note },
    { what: 'export: first byte', contacts, unit: 'ms', floor: null, portico: firstByte, goal: null, note: '' },
  ]
}

import path from 'node:path'
import { expectRows, inTurns, type Bench, type Job } from '../bench.ts'
import type { BareExport } from '../floor/export.ts'
import { roundOf } from '../processes/measured-process.ts'
import { freePort } from '../../support/free-port.ts'
import { Visitor, type Reply } from '../processes/visitor.ts'
import { rowOf, type Line, type Round } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'
import { memoryRow, speeds } from './import.ts'
import { linesOfBook } from './users.ts'

/** All contacts as a CSV file over HTTP, thrown away as it comes. */
export const csvExport: Job = {
  name: 'export',
  goal: 'B5',
  sizes: sizes => sizes.export,
  async measure(bench, contacts) {
    const { floor, portico } = await exportedInTurns(bench, contacts, {
      task: 'exportContacts',
      take: async visitor => {
        const reply = await visitor.ask('/staff/contacts/export.csv')
        expectRows({ lines: reply.lines }, { lines: contacts + 1 })
        return reply
      },
    })
    const line: Line = { job: 'B5', what: '', contacts, engine: bench.offices.engine, unit: 's', goal: null, note: '' }
    const note = speeds(portico, floor, contacts)
    const alone = (value: (round: ExportRound) => number) =>
      portico.map(round => ({ value: value(round), cpuMs: null, peakMb: null }))
    const first: Line = { ...line, what: 'export CSV: first byte', unit: 'ms', goal: { most: 100 } }
    return [
      rowOf({ ...line, what: 'export CSV: whole file', goal: { within: 2 }, note }, portico, floor),
      rowOf(
        first,
        alone(round => round.firstByteMs),
        null,
      ),
      ...memoryRow(
        { ...line, what: 'export CSV: peak memory above idle', goal: { most: 60 } },
        portico.some(round => round.peakMb === null) ? [] : alone(round => round.peakMb ?? 0),
      ),
    ]
  },
}

/** The same as a workbook. */
export const bookExport: Job = {
  name: 'book-export',
  goal: 'B6',
  sizes: sizes => sizes.book,
  async measure(bench, contacts) {
    const file = path.join(bench.folder, 'export.xlsx')
    const { floor, portico } = await exportedInTurns(bench, contacts, {
      task: 'exportContactsBook',
      take: visitor => visitor.ask('/staff/contacts/export.xlsx', { into: file }),
    })
    expectRows({ lines: await linesOfBook(file) }, { lines: contacts + 1 })
    const what = 'export workbook of contacts'
    const line = { job: 'B6', what, contacts, engine: bench.offices.engine, unit: 's', goal: { within: 2 } } as const
    return [rowOf({ ...line, note: speeds(portico, floor, contacts) }, portico, floor)]
  },
}

interface ExportRound extends Round {
  firstByteMs: number
}

interface Export {
  /** What the floor does. */
  task: string
  take: (visitor: Visitor) => Promise<Reply>
}

async function exportedInTurns(bench: Bench, contacts: number, { task, take }: Export) {
  const { offices, dataDir, folder } = bench
  const database = await offices.copyOf({ contacts, inUse: true })
  const port = await freePort()
  const portico: ExportRound[] = []
  const { floor } = await bench.withSides(async sides => {
    await sides.portico.ask('serveOffice', { place: { database, dataDir, port } })
    const visitor = await Visitor.ofStaff(port)
    const rounds = await inTurns(
      roundsFor(bench.sizes, contacts),
      async () => {
        const given = { database, file: path.join(folder, 'floor.xlsx') }
        const measured = await sides.floor.measure<BareExport>(task, given)
        expectRows({ contacts: measured.answer.rows }, { contacts })
        return roundOf(measured, measured.answer.ms / 1000)
      },
      async () => {
        const measured = await sides.portico.watch(() => take(visitor))
        const { ms, firstByteMs } = measured.answer
        portico.push({ ...roundOf(measured, ms / 1000), firstByteMs })
        return roundOf(measured, ms / 1000)
      },
    )
    visitor.leave()
    await sides.portico.ask('stopServing', null)
    return rounds
  })
  await offices.drop(database)
  return { floor, portico }
}

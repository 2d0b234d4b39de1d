import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { madeDatabase } from './databases.ts'
import { measureExport } from './export.ts'
import { measureGrant } from './grant.ts'
import { measureImport } from './import.ts'
import { measureInvite } from './invite.ts'
import { measureList } from './list.ts'
import { endAll, MeasuredProcess } from './measured-process.ts'
import { readOptions, type Sizes, type Subject } from './options.ts'
import type { Sides } from './sides.ts'
import { measureStart } from './start.ts'
import { ratioOf, tableOf, type Row } from './table.ts'
import { measureWorkbookExport, measureWorkbookImport } from './workbook.ts'

/*
 * Measures Portico against a floor: the same work in the same run on the same machine with nothing of ours in the way.
 * Times wander from machine to machine, ratios hardly do. This is no test of speed: it fails when something does not
 * work, never when it is slow.
 */

const options = readOptions(process.argv.slice(2))
const folder = mkdtempSync(path.join(tmpdir(), 'portico-bench-'))
process.on('exit', () => {
  endAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

const made = new Map<number, Promise<string>>()
const rows: Row[] = []
for (const subject of options.subjects) {
  process.stderr.write(`Measuring ${subject} …\n`)
  rows.push(...(await measure(subject, options.sizes)))
}
console.log(
  options.json
    ? JSON.stringify(
        rows.map(row => ({ ...row, ratio: ratioOf(row) })),
        null,
        2,
      )
    : tableOf(rows),
)
process.exit(0)

async function measure(subject: Subject, sizes: Sizes): Promise<Row[]> {
  switch (subject) {
    case 'import':
      return compared(sides => measureImport(folder, sizes, sides))
    case 'list':
      return measureList([await office(sizes.list[0]), await office(sizes.list[1])], sizes)
    case 'grant':
      return compared(sides => measureGrant(folder, sizes, sides))
    case 'export': {
      const file = await office(sizes.export)
      return compared(sides => measureExport(file, sizes, sides))
    }
    case 'invite':
      return compared(sides => measureInvite(folder, sizes, sides))
    case 'start':
      return measureStart(folder, await office(sizes.list[0]), sizes)
    case 'workbook': {
      const file = await office(sizes.workbook)
      const imported = await compared(sides => measureWorkbookImport(folder, sizes, sides))
      return [...imported, ...(await compared(sides => measureWorkbookExport(file, sizes, sides)))]
    }
  }
}

async function office(contacts: number): Promise<string> {
  made.set(contacts, made.get(contacts) ?? madeDatabase(folder, { contacts, inUse: true }))
  return made.get(contacts) ?? ''
}

/** Fresh processes for each comparison, so that none inherits the memory of the one before. */
async function compared(work: (sides: Sides) => Promise<Row[]>): Promise<Row[]> {
  const sides = { floor: await MeasuredProcess.start('floor'), portico: await MeasuredProcess.start('portico') }
  const measured = await work(sides)
  await Promise.all([sides.floor.end(), sides.portico.end()])
  return measured
}

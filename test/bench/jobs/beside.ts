import path from 'node:path'
import { expectRows, type Job } from '../bench.ts'
import { rowsIn } from '../offices/bare.ts'
import { writeContactsCsv } from '../offices/files.ts'
import { freePort } from '../../support/free-port.ts'
import { Visitor } from '../processes/visitor.ts'
import { percentile, short } from '../results/numbers.ts'
import { rowOf, type Line, type Round } from '../results/row.ts'
import type { MeasuredProcess } from '../processes/measured-process.ts'
import { FIRST_PAGE } from './list.ts'
import { requests } from './pages.ts'

/** So many pieces of the time stand for rounds. */
const STRETCHES = 4
const CALM_ROUNDS = 10

/**
 * The slowest in a hundred pages of the list while an import of as many contacts as there are runs in the same process.
 */
export const beside: Job = {
  name: 'beside',
  goal: 'B9',
  sizes: sizes => sizes.beside,
  async measure({ offices, dataDir, folder, sizes, withSides }, contacts) {
    const database = await offices.copyOf({ contacts, inUse: true })
    const file = path.join(folder, 'others.csv')
    writeContactsCsv(file, { contacts, first: contacts })
    const port = await freePort()
    return withSides(async ({ portico }) => {
      await portico.ask('serveOffice', { place: { database, dataDir, port } })
      const visitor = await Visitor.ofStaff(port)
      await requests(visitor, FIRST_PAGE, sizes.warmUp)
      const calm: number[] = []
      for (let round = 0; round < CALM_ROUNDS; round += 1) {
        calm.push(...(await requests(visitor, FIRST_PAGE, sizes.requests)))
      }
      const measured = await portico.watch(() => requestsBeside(portico, file, visitor))
      visitor.leave()
      await portico.ask('stopServing', null)
      expectRows(await rowsIn(database, ['contacts']), { contacts: contacts * 2 })
      await offices.drop(database)
      const { times, ms } = measured.answer
      const rounds = stretches(times).map(round => ({ ...round, peakMb: measured.peakMb }))
      const what = 'list: p99 of the first page beside an import'
      const line: Line = {
        job: 'B9',
        what,
        contacts,
        engine: offices.engine,
        unit: 'ms',
        goal: { within: 3 },
        note: '',
      }
      const worst = `slowest ${short(Math.max(...times))} ms`
      const speed = `${short((contacts * 1000) / ms)} rows/s meanwhile`
      const note = `floor without import; ${String(times.length)} requests, ${worst}; ${speed}; spread over quarters of the time`
      return [rowOf({ ...line, note }, rounds, stretches(calm))]
    })
  },
}

async function requestsBeside(portico: MeasuredProcess, file: string, visitor: Visitor) {
  const times: number[] = []
  const over = new AbortController()
  const begin = performance.now()
  const importing = portico.ask('importBeside', { file }).finally(() => over.abort())
  const asking = (async () => {
    do times.push((await visitor.ask(FIRST_PAGE)).ms)
    while (!over.signal.aborted)
  })()
  await Promise.all([importing.then(() => undefined), asking])
  return { times, ms: performance.now() - begin }
}

function stretches(times: number[]): Round[] {
  const many = Math.min(STRETCHES, times.length)
  return Array.from({ length: many }, (_, index) => {
    const stretch = times.slice((index * times.length) / many, ((index + 1) * times.length) / many)
    return { value: percentile(stretch, 0.99), cpuMs: null, peakMb: null }
  })
}

import type { Context, RootHookObject } from 'mocha'
import { engine } from '../support/engine.ts'

process.env.FAULT_RESTARTS ??= '12'
process.env.FAULT_STRINGS ??= '1'
process.env.FAULT_CONTACTS ??= '1000'

/** What one line of the table says. */
export interface Row {
  name: string
  trials: number
  deaths: number
  wrong: number
  twice: number
}

const rows: Row[] = []
let told = 0

/** Puts what came of the test under way into the table; a test that says nothing is counted with its suite. */
export function tell(row: Row): void {
  rows.push(row)
}

/** For mocha: one table of everything, at the end of the run. */
export const mochaHooks: RootHookObject = {
  beforeEach() {
    told = rows.length
  },
  afterEach(this: Context) {
    const test = this.currentTest
    if (!test || test.isPending()) return
    const own = rows[told]
    if (own) return void (own.wrong ||= test.state === 'failed' ? 1 : 0)
    const name = test.titlePath()[0] ?? ''
    const row = rows.find(one => one.name === name) ?? { name, trials: 0, deaths: 0, wrong: 0, twice: 0 }
    if (row.trials === 0) rows.push(row)
    row.trials += 1
    if (test.state === 'failed') row.wrong += 1
  },
  afterAll() {
    console.log(['', `What ${engine} suffered, and what was lost`, ...rows.map(lineOf), ''].join('\n'))
  },
}

function lineOf({ name, trials, deaths, wrong, twice }: Row): string {
  const figures = { trials, deaths, wrong, twice }
  const columns = Object.entries(figures).map(([what, many]) => `${what} ${String(many).padStart(4)}`)
  return `${name.slice(0, 84).padEnd(84)}  ${columns.join('  ')}`
}

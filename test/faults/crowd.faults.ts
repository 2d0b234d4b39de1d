import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { engine } from '../support/engine.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'
import { aWorkbook } from '../support/workbooks.ts'
import { broken } from './holds.ts'
import { importAll, people, wrongRows } from './importing.ts'
import { tell } from './table.ts'

const SECONDS = Math.min(60, Number(process.env.FAULT_SECONDS ?? 60))
const ROWS = Number(process.env.FAULT_ROWS ?? 50_000)
const FEW_ROWS = 2000
const BROWSERS = 50
const MOST_MEGABYTES = 400

/** What was answered, how long it took in ms, and what should not have been. */
class Answers {
  readonly took: number[] = []
  readonly wrong: string[] = []
  told = 0

  async take(ask: () => Promise<{ status: number; headers: Headers }>): Promise<number> {
    const begun = performance.now()
    const answer = await ask().catch(String)
    this.took.push(performance.now() - begun)
    if (typeof answer === 'string') this.wrong.push(answer)
    else if (answer.status === 503 && answer.headers.has('retry-after')) this.told += 1
    else if (answer.status >= 400) this.wrong.push(`answered ${String(answer.status)}`)
    return typeof answer === 'string' ? 0 : answer.status
  }

  /** So many ms were enough for this share of them. */
  within(share: number): string {
    return (this.took.toSorted((a, b) => a - b)[Math.floor(this.took.length * share)] ?? 0).toFixed(0)
  }

  toString(): string {
    const times = `half within ${this.within(0.5)} ms, 99 of 100 within ${this.within(0.99)} ms`
    return `${String(this.took.length)} answers, ${times}, ${String(this.told)} told to come again`
  }
}

describe('Four processes on one database', function () {
  this.timeout(600_000)

  it('answer all who read and write at once, or say when to come again, and keep what they said is saved', async () => {
    const first = await aRealServer()
    const shared = { url: first.config.databaseUrl, drop: () => Promise.resolve() }
    const own = { DATA_DIR: first.config.dataDir }
    const servers = [first]
    try {
      while (servers.length < 4) servers.push(await aRealServer(own, { database: () => Promise.resolve(shared) }))
      await addPortal(first.db, system, 'Orders', Date.now())
      const answers = new Answers()
      const crowds = []
      for (const server of servers) crowds.push(await signedIn(server, 4))
      const importing = importAll(first, await first.signedInStaff(), FEW_ROWS)
      const saved = await Promise.all(
        crowds.map((browsers, at) => crowd(browsers, at, answers, Date.now() + SECONDS * 1000)),
      )
      await importing

      const names = await first.db('contacts').where('name', 'like', 'Ada %').pluck<string[]>('name')
      const wrong = [
        ...answers.wrong,
        ...saved
          .flat()
          .filter(name => !names.includes(name))
          .map(name => `${name} is lost`),
      ]
      await first.db('contacts').where('name', 'like', 'Ada %').delete()
      wrong.push(...(await wrongRows(first, FEW_ROWS)), ...(await broken(first.db, first.config)))
      console.log(`four processes for ${String(SECONDS)} s: ${String(answers)}`)
      tell({
        name: `four processes, ${String(answers.took.length)} answers, ${String(answers.told)} told to come again`,
        trials: 1,
        deaths: 0,
        wrong: wrong.length,
        twice: 0,
      })
      expect(wrong).to.deep.equal([])
      expect(names.length).to.be.above(0)
    } finally {
      for (const server of servers.toReversed()) await server.end()
    }
  })
})

describe('Fifty browsers while two imports run', function () {
  this.timeout(900_000)

  it(`find a process that answers, with less than ${String(MOST_MEGABYTES)} MB of memory`, async () => {
    const server = await aRealServer()
    try {
      await addPortal(server.db, system, 'Orders', Date.now())
      const browsers = await signedIn(server, BROWSERS)
      const others = people(ROWS / 5)
        .replaceAll('erson', 'artner')
        .split('\n')
        .map(line => line.split(','))
      const work = new AbortController()
      const [pages, health] = [new Answers(), new Answers()]
      const looking = browsers.map(one => look(one, pages, work.signal))
      const megabytes = watch(server, health, work.signal)
      await Promise.all([
        importFile(server, 'people.csv', people(ROWS)),
        importFile(server, 'others.xlsx', await aWorkbook(others)),
      ]).finally(() => work.abort())
      const most = await megabytes
      await Promise.all(looking)

      const figures = `${String(most)} MB at most; /health: ${String(health)}`
      console.log(`fifty browsers: ${figures}; pages: ${String(pages)}`)
      const wrong = [...pages.wrong, ...health.wrong, ...(await broken(server.db, server.config))]
      tell({
        name: `50 browsers, two imports: ${String(most)} MB, /health p99 ${health.within(0.99)} ms`,
        trials: 1,
        deaths: 0,
        wrong: wrong.length,
        twice: 0,
      })
      expect(wrong).to.deep.equal([])
      expect(await server.db('contacts').count({ many: '*' })).to.deep.equal([{ many: ROWS * 1.2 }])
      expect(most, engine).to.be.below(MOST_MEGABYTES)
    } finally {
      await server.end()
    }
  })
})

/** Two who add contacts and two who look at lists, all at one process. The answer is who was saved. */
async function crowd(browsers: Browser[], at: number, answers: Answers, end: number): Promise<string[]> {
  const saved: string[] = []
  const write = async (staff: Browser, who: string): Promise<void> => {
    for (let n = 0; Date.now() < end; n += 1) {
      if ((await answers.take(() => opened(staff, '/staff/contacts/new'))) !== 200) continue
      const name = `Ada ${who}.${String(n)}`
      staff.fill('Name', name)
      await answers.take(async () => {
        await staff.press('Add contact')
        return staff
      })
      if (staff.redirects.length > 0) saved.push(name)
    }
  }
  const read = async (staff: Browser): Promise<void> => {
    for (let n = 0; Date.now() < end; n += 1)
      await answers.take(() => staff.raw('GET', ['/staff/contacts?q=ada', '/staff/imports'][n % 2] ?? ''))
  }
  await Promise.all(
    browsers.map((staff, index) => (index < 2 ? write(staff, `${String(at)}.${String(index)}`) : read(staff))),
  )
  return saved
}

/** One after the other; what slows down many sign-ins from one address is taken away, as they would come from many. */
async function signedIn(server: RealServer, many: number): Promise<Browser[]> {
  const browsers: Browser[] = []
  while (browsers.length < many) {
    browsers.push(await server.signedInStaff())
    await server.db('rate_limits').delete()
  }
  expect(browsers.map(one => one.path)).not.to.include('/staff/sign-in')
  return browsers
}

async function opened(staff: Browser, path: string): Promise<Browser> {
  await staff.open(path)
  return staff
}

async function look(browser: Browser, pages: Answers, ended: AbortSignal): Promise<void> {
  for (let n = 0; !ended.aborted; n += 1) {
    await pages.take(() =>
      browser.raw('GET', ['/staff/contacts', '/staff/imports', '/staff/portal-users'][n % 3] ?? ''),
    )
    await setTimeout(500)
  }
}

/** Asks whether it lives, and how much memory it has, until that is over; the answer is the most there was, in MB. */
async function watch(server: RealServer, health: Answers, ended: AbortSignal): Promise<number> {
  let most = 0
  while (!ended.aborted) {
    await health.take(() => fetch(`${server.config.baseUrl}/health`))
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(server.pid())}/status`, 'utf8'))?.[1]
    most = Math.round(Number(kilobytes) / 1024)
    await setTimeout(100)
  }
  return most
}

/** Sends a file, and presses what comes next until all of it is there. */
async function importFile(server: RealServer, name: string, content: string | Buffer): Promise<void> {
  const staff = await server.signedInStaff()
  await choose(staff, content, name)
  const id = Number(/\/imports\/(\d+)/.exec(staff.path)?.[1])
  const isIn = async (...states: string[]): Promise<boolean> => {
    const { status } = await server.db('imports').where({ id }).first<{ status: string }>('status')
    if (status === 'failed') throw new Error(`${name} was given up`)
    return states.includes(status)
  }
  for (const [before, button] of [
    ['uploaded', 'Check the file'],
    ['ready', 'Import '],
  ] as const) {
    await until(() => isIn(before))
    await staff.open(`/staff/imports/${String(id)}`)
    await staff.press(button)
  }
  for (let waited = 0; !(await isIn('completed')) && waited < 600_000; waited += 500) await setTimeout(500)
  expect(await isIn('completed'), name).to.equal(true)
}

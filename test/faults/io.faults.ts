import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import type { Db } from '../../src/db/index.ts'
import type { Browser } from '../support/browser.ts'
import { describeOn } from '../support/engine.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'
import { scratchFolder } from '../support/scratch.ts'
import { broken } from './holds.ts'
import { importAll, wrongRows } from './importing.ts'
import { tell } from './table.ts'

const ROWS = 10_000
const BATCH = 500
const FAILING_MS = 10_000
const FAULTS = ['posix/io/rw/pwrite*', 'posix/io/sync/*']
const EIO = '5'

/** What somebody was answered who added a contact. */
interface Answer {
  name: string
  status: number
  saved: boolean
  text: string
}

describeOn('sqlite')('A disk that fails at one write in fifty', function () {
  this.timeout(300_000)
  let folder: string
  before(() => void (folder = mkdtempSync(path.join(scratchFolder(), 'fiu-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves whole batches and no damage; who was refused is told, and all goes on', async function () {
    const fifo = path.join(folder, 'control')
    const preloaded = environmentOf(fifo)
    if (preloaded === null) {
      console.log('skipped: fiu-run is not here (on Debian: fiu-utils)')
      return this.skip()
    }
    const server = await aRealServer(preloaded)
    try {
      await addPortal(server.db, system, 'Orders', Date.now())
      const importer = await server.signedInStaff()
      const others = [await server.signedInStaff(), await server.signedInStaff()]
      const importing = importAll(server, importer, ROWS)
      await until(async () => (await imported(server.db)) > 0)
      const { answers, wrong } = await whileItFails(server, fifo, others)
      await importing
      wrong.push(...(await wrongAnswers(server.db, answers)))
      await server.db('contacts').where('name', 'like', 'Ada %').delete()
      wrong.push(...(await wrongRows(server, ROWS)))
      await server.kill()
      await server.start({ LD_PRELOAD: '' })
      wrong.push(...(await broken(server.db, server.config)))

      const refused = answers.filter(({ saved }) => !saved).length
      console.log(`${String(answers.length)} tried to add a contact, ${String(refused)} were refused`)
      tell({ name: 'one write in fifty fails', trials: answers.length, deaths: 0, wrong: wrong.length, twice: 0 })
      expect(wrong).to.deep.equal([])
      expect([refused > 0, refused < answers.length]).to.deep.equal([true, true])
    } finally {
      await server.end()
    }
  })
})

/** What the programs of libfiu would run another program with; null where they are not. */
function environmentOf(fifo: string): Record<string, string> | null {
  const said = spawnSync('fiu-run', ['-x', '-f', fifo, 'env'], { encoding: 'utf8' })
  if (said.status !== 0) return null
  const lines = said.stdout.split('\n').map(line => line.split(/=(.*)/s, 2) as [string, string])
  return Object.fromEntries(lines.filter(([name]) => ['LD_PRELOAD', 'FIU_CTRL_FIFO', 'FIU_ENABLE'].includes(name)))
}

function control(server: RealServer, fifo: string, commands: string[]): void {
  const given = commands.flatMap(command => ['-c', command])
  const done = spawnSync('fiu-ctrl', ['-f', fifo, ...given, String(server.pid())], { encoding: 'utf8' })
  expect(done.status, done.stderr).to.equal(0)
}

/** Adds contacts while writes fail, and looks whether a part of a batch is ever there. */
async function whileItFails(server: RealServer, fifo: string, staff: Browser[]) {
  const answers: Answer[] = []
  const wrong: string[] = []
  const name = FAULTS.map(one => `name=${one}`)
  control(
    server,
    fifo,
    name.map(one => `enable_random ${one},probability=0.02,failinfo=${EIO}`),
  )
  const end = Date.now() + FAILING_MS
  const looking = async (): Promise<void> => {
    for (; Date.now() < end; await setTimeout(50)) {
      const there = await imported(server.db)
      if (there % BATCH !== 0) wrong.push(`${String(there)} rows are there`)
    }
  }
  const adding = async (browser: Browser, who: number): Promise<void> => {
    for (let n = 0; Date.now() < end; n += 1) answers.push(await added(browser, `Ada ${String(who)}.${String(n)}`))
  }
  await Promise.all([looking(), ...staff.map(adding)])
  control(
    server,
    fifo,
    name.map(one => `disable ${one}`),
  )
  if (!server.isAlive()) wrong.push('the server is dead')
  for (const [who, browser] of staff.entries()) {
    const answer = await added(browser, `Ada ${String(who)} afterwards`)
    if (!answer.saved) wrong.push(`refused afterwards: ${String(answer.status)}`)
  }
  return { answers, wrong }
}

async function added(staff: Browser, name: string): Promise<Answer> {
  await staff.open('/staff/contacts/new')
  if (staff.status === 200) {
    staff.fill('Name', name)
    await staff.press('Add contact')
  }
  const saved = staff.redirects.length > 0 || staff.status === 200
  return { name, status: staff.status, saved, text: staff.text }
}

/** Answers that are not so, or do not say what failed. */
async function wrongAnswers(db: Db, answers: Answer[]): Promise<string[]> {
  const there = new Set(await db('contacts').pluck<string[]>('name'))
  return answers.flatMap(({ name, status, saved, text }) => {
    const said = status < 400 || text.includes('The disk of Portico takes nothing at the moment.')
    return [
      ...(saved === there.has(name)
        ? []
        : [`${name} was answered ${String(status)}, and is ${saved ? 'not ' : ''}there`]),
      ...(said && (status < 400 || status === 503) ? [] : [`${name}: ${String(status)}, ${text}`]),
    ]
  })
}

async function imported(db: Db): Promise<number> {
  return (await db('contacts').where('name', 'like', 'Person %').count<{ many: number }[]>({ many: '*' }))[0]?.many ?? 0
}

import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import pino from 'pino'
import { openDb, type Db } from '../../src/db/index.ts'
import { logSize } from '../../src/db/log-size.ts'
import { startWork } from '../../src/start.ts'
import { describeOn } from '../support/engine.ts'
import { keptConnection } from '../support/locks.ts'
import { until } from '../support/real-server.ts'
import { aWorld, type World } from '../support/world.ts'

const MEGABYTE = 1_048_576
const MANY = 80
const LEFT = 16 * MEGABYTE

describeOn('sqlite')('The log of SQLite while somebody reads for very long', function () {
  this.timeout(60_000)
  let world: World
  let reader: Db
  beforeEach(async () => {
    world = await aWorld()
    await world.db.raw('create table fillers (content blob)')
    reader = openDb(world.config.databaseUrl)
  })
  afterEach(async () => {
    await reader.destroy()
    await world.end()
  })

  it('grows, which is said in the log of the server, and is cut by one of the next changes after that', async () => {
    const read = await reading()
    await filled()
    const grown = await logSize(world.db)
    const warned = await saidAtWork()
    await read.end()
    let changes = 0
    for (; (await logSize(world.db)) > LEFT && changes < 100; changes += 1) await change()

    expect(changes).to.be.within(1, 99)
    expect(grown).to.be.above(MANY * MEGABYTE)
    expect(warned).to.include('a program reads the database for very long')
    expect(await world.db('fillers').whereNotNull('content')).to.have.length(MANY)
  })

  /** While others only look for a moment the log is left for the change after this one. */
  async function change(): Promise<void> {
    await world.db.raw('insert into fillers values (null)')
    await setTimeout(20)
  }

  /** A transaction that has looked, and looks on. */
  async function reading(): Promise<{ end(): Promise<void> }> {
    const { say, letGo } = await keptConnection(reader)
    await say('begin')
    await say('select count(*) from settings')
    return {
      async end() {
        await say('rollback')
        await letGo()
      },
    }
  }

  async function filled(): Promise<void> {
    for (let n = 0; n < MANY; n += 1) await world.db.raw('insert into fillers values (randomblob(?))', [MEGABYTE])
  }

  async function saidAtWork(): Promise<string> {
    let said = ''
    const log = pino({ level: 'warn' }, { write: (line: string) => void (said += line) })
    const work = startWork({ ...world.deps, log })
    await until(() => Promise.resolve(said !== ''))
    await work.stop()
    return said
  }
})

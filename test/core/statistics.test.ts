import { expect } from 'chai'
import { kinds } from '../../src/core/jobs/kinds.ts'
import { countSoon } from '../../src/core/jobs/statistics.ts'
import { startWorker } from '../../src/core/jobs/worker.ts'
import { isPostgres } from '../../src/db/index.ts'
import { soon } from '../support/outbox.ts'
import { aCompany } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('What the database knows of its tables', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  const known = async (): Promise<number> => {
    if (!isPostgres(world.db)) return (await world.db('sqlite_stat1').where({ tbl: 'companies' })).length
    const { rows } = (await world.db.raw("select reltuples from pg_class where relname = 'companies'")) as {
      rows: { reltuples: number }[]
    }
    return rows[0]?.reltuples ?? 0
  }

  it('is brought up to date soon after many rows were written at once, and not for a few', async () => {
    await aCompany(world, 'Harbour Point Estates')
    await countSoon(world.db, 999, world.now())
    expect(await world.db('jobs').where({ kind: 'refresh-statistics' })).to.deep.equal([])

    await world.db.transaction(trx => countSoon(trx, 1000, world.now()))
    const worker = startWorker(kinds, world.deps)
    while (!(await world.db('jobs').where({ kind: 'refresh-statistics', state: 'done' }).first('id'))) await soon()
    await worker.stop()

    expect(await known()).to.be.above(0)
  })
})

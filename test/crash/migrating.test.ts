import { expect } from 'chai'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { openDb, type Db } from '../../src/db/index.ts'
import { migrate, NewerDatabase } from '../../src/db/migrate.ts'
import { projectRoot } from '../../src/root.ts'
import { emptyDatabase, type TestDatabase } from '../support/engine.ts'
import { until } from '../support/real-server.ts'

describe('Migrating an empty database', function () {
  this.timeout(60_000)
  let database: TestDatabase
  let db: Db
  let processes: ChildProcess[] = []
  beforeEach(async () => {
    database = await emptyDatabase()
    db = openDb(database.url)
  })
  afterEach(async () => {
    for (const child of processes) child.kill('SIGKILL')
    processes = []
    await db.destroy()
    await database.drop()
  })

  const aProcess = (): ChildProcess => {
    const child = fork(path.join(projectRoot, 'test', 'support', 'migrating-process.ts'), [database.url], {
      cwd: projectRoot,
      execArgv: ['--import', 'tsx'],
    })
    processes.push(child)
    return child
  }

  it('is done once when four processes start at the same moment, and none of them fails', async () => {
    const all = Array.from({ length: 4 }, aProcess)
    const ended = all.map(child => once(child, 'exit'))

    const said = await Promise.all(all.map(async child => Number((await once(child, 'message'))[0])))
    const codes = await Promise.all(ended)

    expect(codes.map(([code]) => code as number)).to.deep.equal([0, 0, 0, 0])
    expect(said.filter(ran => ran > 0)).to.have.length(1)
    expect(await db('knex_migrations')).to.have.length(Math.max(...said))
    expect(await migrate(db)).to.deep.equal([])
  })

  it('is ended by the next process when the first one was killed half-way', async () => {
    const child = aProcess()
    await until(async () => (await steps()) > 2)
    child.kill('SIGKILL')
    await db('knex_migrations_lock').update({ is_locked: 1 })

    const before = await steps()
    const ran = await migrate(db)

    expect((await steps()) - before).to.be.at.most(ran.length)
    expect(await migrate(db)).to.deep.equal([])
    expect(await db('knex_migrations_lock').pluck('is_locked')).to.deep.equal([0])
  })

  it('is refused in a sentence once a newer program has been there', async () => {
    await migrate(db)
    await db('knex_migrations').insert({ name: '29991231235900_fly', batch: 99, migration_time: new Date() })

    const refusal: unknown = await migrate(db).catch((error: unknown) => error)

    expect(refusal).to.be.instanceOf(NewerDatabase)
    expect(String(refusal)).to.include('belongs to a newer Portico').and.include('29991231235900_fly')
    expect(await db('knex_migrations_lock').pluck('is_locked')).to.deep.equal([0])
  })

  async function steps(): Promise<number> {
    return db('knex_migrations').then(
      rows => rows.length,
      () => 0,
    )
  }
})

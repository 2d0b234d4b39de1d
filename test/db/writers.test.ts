import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { isBusy, type Db } from '../../src/db/index.ts'
import { WriterTurn } from '../../src/db/writer-turn.ts'
import { describeOn, openFreshDatabase, type OpenDatabase } from '../support/engine.ts'

describeOn('sqlite')('Those who write to SQLite', () => {
  let open: OpenDatabase
  let db: Db
  before(async () => {
    open = await openFreshDatabase()
    db = open.db
    await db.schema.createTable('written', table => void table.increments('id').primary().unsigned())
  })
  after(() => open.end())
  beforeEach(() => db('written').delete())

  const ids = (): Promise<number[]> => Promise.resolve(db('written').orderBy('id').pluck<number[]>('id'))

  it('wait for each other, in the order they came, and hold up nobody who reads', async () => {
    const done: number[] = []
    let others: Promise<void>[] = []
    await db.transaction(async trx => {
      await trx('written').insert({ id: 100 })
      others = Array.from({ length: 12 }, async (_, id) => {
        if (id % 3 === 0) await db('written').insert({ id })
        else if (id % 3 === 1) await db.raw('insert into written (id) values (?)', [id])
        else await db.transaction(async own => own('written').insert({ id }))
        done.push(id)
      })
      const seen = await Promise.all(Array.from({ length: 12 }, ids))

      expect(seen).to.deep.equal(Array(12).fill([]))
      expect(done).to.deep.equal([])
    })
    await Promise.all(others)

    expect(done).to.deep.equal(Array.from({ length: 12 }, (_, id) => id))
    expect(await ids()).to.deep.equal([...done, 100])
  })

  it('let the next one write when they fail', async () => {
    const failing = [
      db('written').insert({ id: 1, name: 'no such column' }),
      db.transaction(async trx => {
        await trx('written').insert({ id: 2 })
        throw new Error('not this one')
      }),
    ]
    const last = db('written').insert({ id: 3 })
    const ends = await Promise.allSettled(failing)
    await last

    expect(ends.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
    expect(await ids()).to.deep.equal([3])
  })

  it('may begin a transaction within theirs', async () => {
    await db.transaction(async trx => {
      await trx.transaction(async inner => inner('written').insert({ id: 1 }))
      await trx
        .transaction(async inner => {
          await inner('written').insert({ id: 2 })
          throw new Error('not this one')
        })
        .catch(() => undefined)
      await trx('written').insert({ id: 3 })
    })

    expect(await ids()).to.deep.equal([1, 3])
  })

  it('are told that the database is busy when their turn does not come, and keep nobody else from theirs', async () => {
    const turn = new WriterTurn(20)
    let end: () => void = () => undefined
    const long = turn.during(() => new Promise<void>(resolve => (end = resolve)))
    const refused: unknown = await turn.during(async () => 'written').catch((error: unknown) => error)
    const next = turn.during(async () => 'written')
    end()

    await long
    expect(isBusy(refused)).to.equal(true)
    expect(await next).to.equal('written')
  })

  it('wait on while the line moves, however long it is', async () => {
    const turn = new WriterTurn(100)
    const line = Array.from({ length: 30 }, (_, place) => turn.during(async () => setTimeout(10, place)))

    expect(await Promise.all(line)).to.deep.equal(Array.from({ length: 30 }, (_, place) => place))
  })
})

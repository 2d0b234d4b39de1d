import { expect } from 'chai'
import { openDb } from '../../src/db/index.ts'
import { engine } from '../support/engine.ts'
import { aWorld, type World } from '../support/world.ts'

interface Connection {
  idle?: Map<string, unknown>
}

interface Client {
  acquireConnection(): Promise<Connection>
  releaseConnection(one: Connection): Promise<void>
}

/** Statements are kept prepared on SQLite alone; what they answer has to be right on both engines. */
describe('A statement that is asked again', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
    await world.db.schema.createTable('kept', table => {
      table.increments('id')
      table.text('name').unique()
    })
  })
  afterEach(() => world.end())

  const names = (): Promise<string[]> => Promise.resolve(world.db('kept').orderBy('id').pluck<string[]>('name'))

  it('finds what has changed since, also in the shape of its table', async () => {
    await world.db('kept').insert({ name: 'Ada' })
    const all = (): Promise<unknown> => Promise.resolve(world.db('kept').orderBy('id').select('*'))
    expect(await all()).to.deep.equal([{ id: 1, name: 'Ada' }])

    await world.db.schema.alterTable('kept', table => table.integer('age'))
    await world.db('kept').insert({ name: 'Bea' })

    expect(await all()).to.deep.equal([
      { id: 1, name: 'Ada', age: null },
      { id: 2, name: 'Bea', age: null },
    ])
  })

  it('works again after it was refused', async () => {
    const add = (name: string): Promise<unknown> => Promise.resolve(world.db('kept').insert({ name }))
    await add('Ada')
    expect(await add('Ada').catch((error: unknown) => (error instanceof Error ? 'refused' : ''))).to.equal('refused')
    await add('Bea')

    expect(await names()).to.deep.equal(['Ada', 'Bea'])
  })

  it('holds nothing that stands in the way of a commit, of a roll-back or of an end', async () => {
    for (const name of ['Ada', 'Bea', 'Cal']) {
      await world.db.transaction(async trx => {
        await trx('kept').insert({ name })
        await trx('kept')
          .insert({ name: `${name} Two` })
          .returning('id')
        expect(await trx('kept').where({ name }).first('name')).to.deep.equal({ name })
        await trx('kept')
          .where({ name: `${name} Two` })
          .delete()
      })
      await world.db
        .transaction(trx =>
          trx('kept')
            .insert({ name: 'gone' })
            .then(() => trx.rollback()),
        )
        .catch(() => null)
    }

    expect(await names()).to.deep.equal(['Ada', 'Bea', 'Cal'])
  })

  it('may be asked many times at once, each time with other values', async () => {
    await world.db('kept').insert(['Ada', 'Bea', 'Cal'].map(name => ({ name })))
    const idsOf = (wanted: string[], db = world.db): Promise<number[][]> =>
      Promise.all(wanted.map(name => db('kept').where({ name }).pluck<number[]>('id')))

    expect(await idsOf(['Ada', 'Bea', 'Cal', 'Ada', 'Bea'])).to.deep.equal([[1], [2], [3], [1], [2]])
    if (engine !== 'sqlite') return // the driver of PostgreSQL wants one after the other in a transaction
    expect(await world.db.transaction(trx => idsOf(['Cal', 'Bea', 'Ada'], trx))).to.deep.equal([[3], [2], [1]])
  })

  it('without its values has none, not those of whoever asked before', async function () {
    if (engine !== 'sqlite') return this.skip()
    const db = openDb(world.config.databaseUrl)
    await db.raw('select ? as one', ['secret'])

    expect(await db.raw('select ? as one')).to.deep.equal([{ one: null }])
    await db.destroy()
  })

  it('that changes rows and names them holds nobody up, whoever forgets to ask for the names', async function () {
    if (engine !== 'sqlite') return this.skip()
    const db = openDb(world.config.databaseUrl)
    await db('kept').whereRaw("name = 'Ada' returning id").update({ name: 'Ada' })

    await world.db('kept').where({ name: 'Bea' }).update({ name: 'Bea' })
    await db.destroy()
  })

  it('is kept with at most a hundred others, and not with a long value', async function () {
    if (engine !== 'sqlite') return this.skip()
    const db = openDb(world.config.databaseUrl)
    const client = db.client as Client
    for (let n = 0; n < 150; n += 1)
      await db('kept')
        .where({ id: n })
        .select(db.raw(`${String(n)} as n`))
    await db('kept')
      .where({ name: 'x'.repeat(5000) })
      .select('name')
    const connection = await client.acquireConnection()
    await client.releaseConnection(connection)

    expect(connection.idle?.size).to.equal(100)
    expect([...(connection.idle?.keys() ?? [])].some(sql => sql.startsWith('select `name`'))).to.equal(false)
    await db.destroy()
  })
})

describe('A transaction that the database has given up by itself', () => {
  it('ends with what went wrong, and leaves its connection to others', async function () {
    if (engine !== 'sqlite') return this.skip()
    const world = await aWorld()
    const failing = world.db.transaction(async trx => {
      await trx.raw('rollback') // as SQLite does when the disk fails
      throw new Error('the disk fails')
    })

    expect(await failing.catch(String)).to.equal('Error: the disk fails')
    expect(await world.db.transaction(trx => trx('contacts').pluck('id'))).to.deep.equal([])
    await world.end()
  })
})

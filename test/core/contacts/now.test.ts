import { expect } from 'chai'
import { giveAccess } from '../../../src/core/access/records.ts'
import { ALL_CONTACTS, type ContactFilter } from '../../../src/core/contacts/filter.ts'
import { listMarks } from '../../../src/core/contacts/marks.ts'
import { contactsNow } from '../../../src/core/contacts/now.ts'
import type { ContactSort } from '../../../src/core/contacts/order.ts'
import { openDb, type Db } from '../../../src/db/index.ts'
import { engine } from '../../support/engine.ts'
import { aCompany, aContact, aPortal, manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const BY_NAME: ContactSort = { by: 'name', descending: false }

describe('The contacts now', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  const count = async (filter: Partial<ContactFilter> = {}, db = world.db): Promise<number> =>
    (await contactsNow(db)).count({ ...ALL_CONTACTS, ...filter })

  async function names(page: number, sort = BY_NAME, filter: Partial<ContactFilter> = {}): Promise<string[]> {
    const now = await contactsNow(world.db)
    const all = { ...ALL_CONTACTS, ...filter }
    const rows = await now.page(all, sort, { page, perPage: 10, total: await now.count(all) })
    return rows.map(row => row.name)
  }

  /** The queries that some work sends to the contacts themselves. */
  async function counting(work: () => Promise<unknown>): Promise<number> {
    let counted = 0
    const see = ({ sql }: { sql: string }): void => void (counted += / count\(\*\) as `?"?total/.test(sql) ? 1 : 0)
    world.db.on('query', see)
    await work()
    world.db.removeListener('query', see)
    return counted
  }

  it('are counted once, and again only after a change of what they are made of', async () => {
    await manyContacts(world, { count: 12, login: true })

    expect(await counting(async () => expect(await count()).to.equal(12))).to.equal(1)
    expect(await counting(async () => expect(await count()).to.equal(12))).to.equal(0)
    await world.db('portal_users').update({ last_login_at: 1 })
    expect(await counting(() => count())).to.equal(0)
    await aContact(world, 'Late Larry')
    expect(await counting(async () => expect(await count()).to.equal(13))).to.equal(1)
  })

  it('are right whatever changed', async () => {
    const [ada = 0] = await manyContacts(world, { count: 3, login: true })
    const orders = await aPortal(world, 'Orders')
    const company = await aCompany(world, 'Harbour')
    const change = (table: string, columns: object): Promise<unknown> =>
      world.db(table).where({ id: ada }).update(columns)
    const all = async (): Promise<number[]> =>
      Promise.all([
        count(),
        count({ type: 'supplier' }),
        count({ text: 'harb' }),
        count({ text: 'quay' }),
        count({ portal: orders.id }),
        count({ state: 'signed-in' }),
        count({ state: 'disabled' }),
        count({ email: 'none' }),
      ])

    expect(await all()).to.deep.equal([3, 0, 0, 0, 0, 0, 0, 0])
    await change('contacts', { contact_type: 'supplier', email: null, email_normalized: null })
    expect(await all()).to.deep.equal([3, 1, 0, 0, 0, 0, 0, 1])
    await change('contacts', { company_id: company })
    expect(await all()).to.deep.equal([3, 1, 1, 0, 0, 0, 0, 1])
    await world.db('companies').where({ id: company }).update({ name_normalized: 'quay' })
    expect(await all()).to.deep.equal([3, 1, 0, 1, 0, 0, 0, 1])
    const staff = await world.aStaff('Rosa Marsh')
    const given = { source: 'staff', staff, batchId: null } as const
    await world.db.transaction(trx => giveAccess(trx, [{ portalUserId: 1, portalId: orders.id }], given, world.now()))
    expect(await all()).to.deep.equal([3, 1, 0, 1, 1, 0, 0, 1])
    await world.db('portal_users').where({ contact_id: ada }).update({ first_login_at: 1, last_login_at: 1 })
    expect(await all()).to.deep.equal([3, 1, 0, 1, 1, 1, 0, 1])
    await world.db('portal_users').where({ contact_id: ada }).update({ status: 'disabled' })
    expect(await all()).to.deep.equal([3, 1, 0, 1, 1, 0, 1, 1])
    await world.db('portal_access').update({ revoked_at: 1 })
    await world.db('portal_users').where({ contact_id: ada }).update({ deleted_at: 1 })
    await change('contacts', { archived_at: 1 })
    expect(await all()).to.deep.equal([2, 0, 0, 0, 0, 0, 0, 0])
  })

  it('are the same for every process', async () => {
    const other = openDb(world.config.databaseUrl)
    await aContact(world, 'Ada')

    expect(await count({}, other)).to.equal(1)
    await aContact(world, 'Bea')

    expect(await count({}, other)).to.equal(2)
    await other.destroy()
  })

  it('show pages as they are now, from memory or not', async () => {
    const ids = await manyContacts(world, { count: 25 })

    expect(await names(3)).to.deep.equal([
      'Contact 00021',
      'Contact 00022',
      'Contact 00023',
      'Contact 00024',
      'Contact 00025',
    ])
    expect(await names(2)).to.have.length(10)
    await world.db('contacts').where({ id: ids[0] }).update({ name: 'Zoe', name_normalized: 'zoe' })

    expect((await names(2)).at(0)).to.equal('Contact 00012')
    expect((await names(3)).at(-1)).to.equal('Zoe')
    await world.db('contacts').where({ id: ids[0] }).update({ name: 'Zoë' })
    expect((await names(3)).at(-1)).to.equal('Zoë')
  })
})

describe('The marks of what lists are made of', () => {
  it('move when what changed is committed, whoever was first', async function () {
    if (engine !== 'postgres') this.skip() // on SQLite one writes at a time
    const world = await aWorld()
    const marks = async (): Promise<number> => (await listMarks(world.db)).get('contacts') ?? 0
    const add = (db: Db, name: string): Promise<unknown> =>
      db('contacts').insert({
        contact_type: 'client',
        name,
        name_normalized: name,
        search: name,
        created_at: 1,
        updated_at: 1,
      })
    const early = await world.db.transaction()
    await add(early, 'early')
    const before = await marks()
    await add(world.db, 'late')
    const between = await marks()
    await early.commit()
    const after = await marks()

    expect([between > before, after > between]).to.deep.equal([true, true])
    for (let n = 0; n < 600; n += 1)
      await world.db('contacts').where({ name: 'late' }).update({ contact_type: 'client' })
    expect(await marks()).to.equal(after + 600)
    expect(await marks()).to.equal(after + 600)
    const [{ rows } = { rows: 0 }] = await world
      .db('list_changes')
      .select<{ rows: number }[]>(world.db.raw('count(*) as rows'))
    expect(rows).to.be.below(10)
    await world.end()
  })
})

import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { productBatch } from '../../../src/core/batches/batches.ts'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { changeProductAccess, type ProductChangeRequest } from '../../../src/core/products/access.ts'
import { planProducts, type ProductChange } from '../../../src/core/products/plan.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { manyContacts } from '../../support/people.ts'
import { aProduct, giveProduct, productNamesOf } from '../../support/products.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('Changing access to products in bulk', () => {
  let world: World
  let staff: Staff
  let contacts: number[]
  let products: number[]
  beforeEach(async () => {
    world = await aWorld()
    const { id } = await world.aStaff('Rosa Marsh')
    staff = (await staffById(world.db, id)) as Staff
    contacts = await manyContacts(world, { count: 3 })
    products = [await aProduct(world, 'Almond oil'), await aProduct(world, 'Basil')]
  })
  afterEach(() => world.end())

  async function request(action: ProductChange['action'], formKey: string): Promise<ProductChangeRequest> {
    const selection = await selectMatching(world.db, staff, null, ALL_CONTACTS, world.now())
    const change = { action, productIds: products }
    return { selection, change, seen: await planProducts(world.db, selection, change), formKey }
  }

  it('writes one batch, one line a contact and one audit line, counted from what was written', async () => {
    const [ada = 0, bea = 0] = contacts
    for (const product of products) await giveProduct(world, product, ada)
    await giveProduct(world, products[0] ?? 0, bea)

    const done = await changeProductAccess(world.db, staff, await request('add', 'key'), world.now())

    expect(done.ok).to.equal(true)
    const batch = await productBatch(world.db, done.ok ? done.value : 0)
    expect(batch).to.deep.include({ kind: 'grant_products', productIds: products, staffName: 'Rosa Marsh' })
    expect(batch?.counts).to.deep.include({ granted: 2, already: 1 })
    const audit = await world
      .db('audit_events')
      .where({ action: 'products.granted' })
      .select<{ data: string }[]>('data')
    expect(audit.map(({ data }) => JSON.parse(data) as unknown)).to.deep.equal([
      { pairs: 3, productIds: products, selected: 3, changing: 2, unchanged: 1 },
    ])
  })

  it('runs once when the same form is sent twice at the same moment', async () => {
    const asked = await request('add', 'key')

    const both = await Promise.all([1, 2].map(() => changeProductAccess(world.db, staff, asked, world.now())))

    expect(both[0]?.ok).to.equal(true)
    expect(both[1]).to.deep.equal(both[0])
    expect((await world.db('batches')).length).to.equal(1)
    expect((await world.db('product_access')).length).to.equal(6)
  })

  it('lets one of two different forms through, and shows the other what has changed', async () => {
    const [first, second] = [await request('add', 'one'), await request('add', 'two')]

    const both = await Promise.all([first, second].map(one => changeProductAccess(world.db, staff, one, world.now())))

    expect(both.filter(done => done.ok)).to.have.length(1)
    expect(both).to.deep.include({ ok: false, error: 'changed-meanwhile' })
    expect((await world.db('batch_items')).length).to.equal(3)
  })

  it('is refused when there is nothing to do, and writes nothing then', async () => {
    const done = await changeProductAccess(world.db, staff, await request('remove', 'key'), world.now())

    expect(done).to.deep.equal({ ok: false, error: 'nothing-to-do' })
    expect(await world.db('batches')).to.deep.equal([])
  })

  it('does not speak of contacts that were archived since', async () => {
    const asked = await request('add', 'key')
    await world.db('contacts').where({ id: contacts[0] }).update({ archived_at: world.now() })

    const done = await changeProductAccess(world.db, staff, asked, world.now())

    expect(done).to.deep.equal({ ok: false, error: 'changed-meanwhile' })
    expect(await productNamesOf(world, contacts[1] ?? 0)).to.deep.equal([])
  })
})

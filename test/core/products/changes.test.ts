import { expect } from 'chai'
import { system } from '../../../src/core/actors.ts'
import { addProduct, archiveProduct, changeProduct, product } from '../../../src/core/products/products.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('Products within one millisecond', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('are not changed over a change or an archiving that was not seen', async () => {
    const now = world.now()
    const added = await addProduct(world.db, system, { name: 'Audit', sku: null, description: null }, now)
    const id = added.ok ? added.value : 0
    const change = (name: string, seen: number) =>
      changeProduct(world.db, system, { id, seen }, { name, sku: null, description: null }, now)

    expect((await change('Yearly audit', now)).ok).to.equal(true)
    expect(await change('Audits', now)).to.deep.equal({ ok: false, error: 'changed-meanwhile' })
    const seen = (await product(world.db, id))?.updatedAt ?? 0
    await archiveProduct(world.db, system, id, true, seen)
    expect(await change('Audits', seen)).to.deep.equal({ ok: false, error: 'changed-meanwhile' })
    expect((await product(world.db, id))?.name).to.equal('Yearly audit')
  })
})

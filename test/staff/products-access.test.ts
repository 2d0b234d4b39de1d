import { expect } from 'chai'
import { aContact, manyContacts } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { aProduct, giveProduct, productNamesOf } from '../support/products.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Adding and removing contact access to products', () => {
  let world: World
  let staff: Browser
  let almond: number
  let basil: number
  beforeEach(async () => {
    world = await aWorld()
    almond = await aProduct(world, 'Almond oil', 'AO-1')
    basil = await aProduct(world, 'Basil')
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  async function toContacts(...products: string[]): Promise<void> {
    await staff.open('/staff/products')
    for (const name of products) staff.tick(`Select ${name}`)
    await staff.press('Bulk Actions')
    await staff.click('Add/Remove Contact Access')
  }

  it('adds the ticked contacts to every ticked product, with or without a login', async () => {
    const ada = await aContact(world, 'Ada')
    const bea = await aContact(world, 'Bea')
    const cal = await aContact(world, 'Cal')
    await giveProduct(world, almond, ada)
    await giveProduct(world, basil, ada)
    await giveProduct(world, basil, bea)

    await toContacts('Almond oil, SKU AO-1', 'Basil')
    expect(staff.h1).to.equal('Add/Remove Contact Access for 2 products')
    staff.tick('Select Ada')
    staff.tick('Select Bea')
    await staff.press('Add')
    expect(staff.h1).to.equal('Check before you give 2 contacts access to 2 products')
    expect(staff.facts()).to.deep.equal({ 'Will get access': '1', 'Already have both products': '1' })
    expect(staff.$('section[aria-labelledby=changing] li').text()).to.include('Bea')
    expect(staff.$('section[aria-labelledby=unchanged] li').text()).to.include('Ada')
    expect(await world.db('batches')).to.deep.equal([])
    await staff.press('Save: give access to 1 contact')

    expect(staff.text).to.include('The selected contacts were updated successfully.')
    expect(staff.h1).to.equal('1 contact updated')
    expect(staff.facts()).to.deep.equal({ 'Got access': '1', 'Had access already': '1' })
    expect(await productNamesOf(world, bea)).to.deep.equal(['Almond oil', 'Basil'])
    expect(await productNamesOf(world, cal)).to.deep.equal([])
  })

  it('removes access and leaves the other products', async () => {
    const ada = await aContact(world, 'Ada')
    const bea = await aContact(world, 'Bea')
    for (const product of [almond, basil]) await giveProduct(world, product, ada)
    await giveProduct(world, basil, bea)

    await toContacts('Almond oil, SKU AO-1')
    await staff.press('Select all 2 matching')
    await staff.press('Remove')
    expect(staff.facts()).to.deep.equal({ 'Will lose access': '1', 'Do not have this product': '1' })
    await staff.press('Save: remove access from 1 contact')

    expect(staff.facts()).to.deep.equal({ 'Lost access': '1', 'Did not have access': '1' })
    expect(await productNamesOf(world, ada)).to.deep.equal(['Basil'])
    expect(await productNamesOf(world, bea)).to.deep.equal(['Basil'])
  })

  it('keeps the ticks of contacts through paging, sorting, searching and going back, and the products too', async () => {
    await manyContacts(world, { count: 25 })
    await toContacts('Basil')
    await staff.press('10 rows')

    staff.tick('Select Contact 00001')
    await staff.press('Next page')
    staff.tick('Select Contact 00011')
    await staff.press('Next page')
    staff.back()
    staff.untick('Select Contact 00011')
    staff.tick('Select Contact 00012')
    await staff.press('Email')
    staff.fill('Name, email, username or phone', 'contact 0002')
    await staff.press('Search')
    await staff.press('Select all 6 matching')
    expect(staff.text).to.include('8 contacts are now selected, including 2 contacts that this search does not show.')
    await staff.press('Clear all filters')
    await staff.press('Add')

    expect(staff.h1).to.equal('Check before you give 8 contacts access to 1 product')
    expect(staff.text).to.include('Basil')
    await staff.click('Change the selected contacts')
    expect(staff.text).to.include('8 contacts selected')
  })

  it('asks for a contact when none is ticked', async () => {
    await aContact(world, 'Ada')
    await toContacts('Basil')

    await staff.press('Remove')

    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal(['Select at least one contact, then choose Add or Remove'])
    expect(staff.text).to.include('Basil')
  })

  it('says so when there is no contact to choose', async () => {
    await toContacts('Basil')

    expect(staff.text).to.include('There are no contacts yet.')
  })

  it('runs once when Save is pressed twice', async () => {
    await aContact(world, 'Ada')
    await toContacts('Basil')
    staff.tick('Select Ada')
    await staff.press('Add')

    await staff.press('Save')
    const result = staff.path
    staff.back()
    await staff.press('Save')

    expect(staff.path).to.equal(result)
    expect((await world.db('batches')).length).to.equal(1)
    expect((await world.db('audit_events').where({ action: 'products.granted' })).length).to.equal(1)
  })

  it('shows new numbers instead of saving when a contact has changed since', async () => {
    const ada = await aContact(world, 'Ada')
    await aContact(world, 'Bea')
    await toContacts('Basil')
    await staff.press('Select all 2 matching')
    await staff.press('Add')

    await giveProduct(world, basil, ada)
    await staff.press('Save')

    expect(staff.status).to.equal(409)
    expect(staff.text).to.include('The contacts or the products have changed since you looked.')
    expect(staff.facts()).to.deep.equal({ 'Will get access': '1', 'Already have this product': '1' })
    await staff.press('Save')
    expect(staff.h1).to.equal('1 contact updated')
  })

  it('saves nothing for the others when one of the products was archived since', async () => {
    const ada = await aContact(world, 'Ada')
    await toContacts('Almond oil, SKU AO-1', 'Basil')
    staff.tick('Select Ada')
    await staff.press('Add')

    await world.db('products').where({ id: almond }).update({ active: false })
    await staff.press('Save')

    expect(staff.status).to.equal(409)
    expect(staff.h1).to.equal('Check before you give 1 contact access to 1 product')
    expect(await productNamesOf(world, ada)).to.deep.equal([])
  })

  it('has nothing to save when everybody has access already', async () => {
    await giveProduct(world, basil, await aContact(world, 'Ada'))
    await toContacts('Basil')
    staff.tick('Select Ada')

    await staff.press('Add')

    expect(staff.text).to.include('There is nothing to save: no selected contact would get access.')
    expect(staff.$('main button').length).to.equal(0)
  })

  it('does not take somebody else’s selection', async () => {
    await aContact(world, 'Ada')
    await toContacts('Basil')
    staff.tick('Select Ada')
    await staff.press('Add')
    const other = await world.signedInStaff()

    await other.open(staff.path)

    expect(other.status).to.equal(404)
    expect(other.h1).to.equal('This selection is no longer there')
  })

  it('does not show the result of another kind of change', async () => {
    const [row] = await world
      .db('batches')
      .insert({ kind: 'import', summary: '{}', status: 'done', created_at: 1 })
      .returning<{ id: number }[]>('id')

    await staff.open(`/staff/products/changes/${String(row?.id)}`)

    expect(staff.status).to.equal(404)
  })

  it('works on fifty thousand contacts in one go', async function () {
    this.timeout(60_000)
    const ids = await manyContacts(world, { count: 50_000 })
    await toContacts('Almond oil, SKU AO-1', 'Basil')

    await staff.press('Select all 50,000 matching')
    await staff.press('Add')
    await staff.press('Save: give access to 50,000 contacts')
    expect(staff.h1).to.equal('50,000 contacts updated')
    expect(await productNamesOf(world, ids.at(-1) ?? 0)).to.deep.equal(['Almond oil', 'Basil'])
    await toContacts('Basil')
    await staff.press('Select all 50,000 matching')
    await staff.press('Remove')
    await staff.press('Save: remove access from 50,000 contacts')

    expect(staff.h1).to.equal('50,000 contacts updated')
    expect(await productNamesOf(world, ids.at(-1) ?? 0)).to.deep.equal(['Almond oil'])
  })
})

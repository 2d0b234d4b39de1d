import { expect } from 'chai'
import { aContact } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { aProduct, giveProduct } from '../support/products.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Products in Settings', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('are for those who may change things: a stranger and a viewer are refused', async () => {
    const stranger = world.browser()
    const viewer = await world.signedInStaff('viewer')

    await stranger.open('/staff/products')
    await viewer.open('/staff/products')
    expect(stranger.path).to.equal('/staff/sign-in?next=%2Fstaff%2Fproducts')
    expect(viewer.status).to.equal(403)
    await viewer.open('/staff/settings')

    expect(viewer.text).not.to.include('Products')
  })

  it('are added, changed, archived and restored', async () => {
    await staff.click('Settings')
    await staff.click('Products')
    expect(staff.text).to.include('There are no products yet. Add the first product')
    await staff.click('Add product')
    staff.fill('Name', 'Almond oil')
    staff.fill('SKU (optional)', 'AO-1')
    staff.fill('Description (optional)', 'x'.repeat(2001))
    await staff.press('Add product')
    expect(staff.errors()).to.deep.equal(['Use at most 2000 characters here'])
    staff.fill('Description (optional)', 'Cold pressed')
    await staff.press('Add product')
    expect(staff.text).to.include('Almond oil was added.')
    expect(staff.tableRows()[0]?.slice(1)).to.deep.equal(['Almond oil', 'AO-1', 'Active', '0'])

    await staff.click('Almond oil')
    await staff.click('Change')
    staff.fill('Name', 'Sweet almond oil')
    await staff.press('Save changes')
    expect(staff.text).to.include('The changes to Sweet almond oil were saved.')
    await staff.press('Archive')
    expect(staff.text).to.include('Sweet almond oil was archived: customers no longer see it.')
    await staff.click('Products')
    expect(staff.tableRows()).to.deep.equal([])
    await staff.click('Show archived products')
    expect(staff.tableRows()).to.deep.equal([['Sweet almond oil', 'AO-1', 'Archived', '0']])
    await staff.click('Sweet almond oil')
    await staff.press('Restore')

    const audit = await world
      .db('audit_events')
      .where({ subject_type: 'product' })
      .orderBy('id')
      .pluck<string[]>('action')
    expect(audit).to.deep.equal(['product.added', 'product.changed', 'product.archived', 'product.restored'])
  })

  it('refuse a name or SKU that is missing, too long or taken, and keep what was typed', async () => {
    await aProduct(world, 'Almond oil', 'AO-1')
    await aProduct(world, 'Basil')
    const said: string[][] = []

    for (const [name, sku] of [
      ['', ''],
      ['x'.repeat(121), 'x'.repeat(61)],
      ['Almond oil', 'ao-1'],
      ['BASIL', ''],
    ] as const) {
      await staff.open('/staff/products/new')
      staff.fill('Name', name)
      staff.fill('SKU (optional)', sku)
      await staff.press('Add product')
      expect(staff.status).to.equal(422)
      expect(staff.$('#name').attr('value')).to.equal(name)
      said.push(staff.errors())
    }

    expect(said).to.deep.equal([
      ['Enter a name for the product'],
      ['Use at most 120 characters for the name', 'Use at most 60 characters for the SKU'],
      ['Another product has this SKU. Use a different one, or leave it empty'],
      ['There is a product of this name already. Use a different name, or give this one an SKU'],
    ])
  })

  it('are not changed over somebody else’s change', async () => {
    const basil = await aProduct(world, 'Basil')
    await staff.open(`/staff/products/${String(basil)}/change`)
    await world
      .db('products')
      .where({ id: basil })
      .update({ name: 'Holy basil', updated_at: world.now() + 1 })

    staff.fill('SKU (optional)', 'B-1')
    await staff.press('Save changes')

    expect(staff.errors()[0]).to.include('Somebody changed this product while you were editing it.')
    expect(await world.db('products').pluck('sku')).to.deep.equal([null])
  })

  it('may have the same name when their SKUs differ', async () => {
    await aProduct(world, 'Shirt', 'S')
    await aProduct(world, 'Shirt', 'M')

    await staff.open('/staff/products')

    expect(staff.tableRows().map(row => row[2])).to.deep.equal(['S', 'M'])
  })

  it('are found by name and SKU, and sorted by either', async () => {
    for (const [name, sku] of [
      ['Ångström lamp', 'B-2'],
      ['Basil', null],
      ['Cedar', 'A-1'],
    ] as const)
      await aProduct(world, name, sku)

    await staff.open('/staff/products')
    await staff.press('SKU')
    expect(staff.tableRows().map(row => row[2])).to.deep.equal(['A-1', 'B-2', 'No SKU'])
    staff.fill('Name or SKU', 'angst')
    await staff.submitEnter('Name or SKU')
    expect(staff.tableRows().map(row => row[1])).to.deep.equal(['Ångström lamp'])
    staff.fill('Name or SKU', 'a-1')
    await staff.press('Search')
    expect(staff.tableRows().map(row => row[1])).to.deep.equal(['Cedar'])
    staff.fill('Name or SKU', '%')
    await staff.press('Search')

    expect(staff.text).to.include('0 of 3 products match your search').and.include('No products match.')
  })

  it('keep ticks through paging, sorting and searching, and lead to Bulk Actions with them', async () => {
    for (let n = 1; n <= 12; n += 1) await aProduct(world, `Product ${String(n).padStart(2, '0')}`)
    await staff.open('/staff/products?size=10')

    staff.tick('Select Product 01')
    await staff.press('Next page')
    staff.tick('Select Product 12')
    await staff.press('Name')
    staff.fill('Name or SKU', '01')
    await staff.press('Search')
    expect(staff.text).to.include('2 products selected')
    staff.untick('Select Product 01')
    await staff.click('Show all products')
    await staff.press('Select all 10 on this page')
    expect(staff.text).to.include('11 products selected')
    await staff.press('Bulk Actions')

    expect(staff.h1).to.equal('Bulk Actions for 11 products')
  })

  it('ask for a tick when Bulk Actions is pressed with none, or with archived ones only', async () => {
    const basil = await aProduct(world, 'Basil')
    await staff.open('/staff/products')

    await staff.press('Bulk Actions')
    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal(['Select at least one product, then choose Bulk Actions'])
    await world.db('products').where({ id: basil }).update({ active: false })
    await staff.open(`/staff/products/bulk?products=${String(basil)}`)

    expect(staff.status).to.equal(404)
    expect(staff.h1).to.equal('These products are not in the list')
  })

  it('take at most two hundred at once', async () => {
    const rows = Array.from({ length: 230 }, (_, n) => {
      const name = `product ${String(n).padStart(3, '0')}`
      return { name, name_normalized: name, active: true, created_at: 1, updated_at: 1 }
    })
    await world.db.batchInsert('products', rows, 50)
    await staff.open('/staff/products?size=100')

    await staff.press('Select all 100 on this page')
    await staff.press('Next page')
    await staff.press('Select all 100 on this page')
    await staff.press('Next page')
    await staff.press('Select all 30 on this page')

    expect(staff.errors()).to.deep.equal(['Select at most 200 products at once. The ticks of this page were not kept'])
    expect(staff.text).to.include('200 products selected')
  })

  it('say which contacts have access, on their page and on the page of the contact', async () => {
    const ada = await aContact(world, 'Ada')
    const almond = await aProduct(world, 'Almond oil', 'AO-1')
    await giveProduct(world, almond, ada)
    await giveProduct(world, almond, await aContact(world, '<b>Bea</b>'))

    await staff.open('/staff/products')
    expect(staff.tableRows()[0]?.at(-1)).to.equal('2')
    await staff.click('Almond oil')
    expect(staff.tableRows().map(row => row[0])).to.deep.equal(['<b>Bea</b>', 'Ada'])
    await staff.click('Ada')

    expect(staff.$('section[aria-labelledby=products]').text()).to.include('Almond oil').and.include('AO-1')
  })
})

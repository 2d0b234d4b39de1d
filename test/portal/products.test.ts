import { expect } from 'chai'
import { system } from '../../src/core/actors.ts'
import { archiveProduct } from '../../src/core/products/products.ts'
import type { Browser } from '../support/browser.ts'
import { aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aProduct, giveProduct } from '../support/products.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The products of a portal user', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  const listed = (browser: Browser): string[] =>
    browser
      .$('section[aria-labelledby=products] li')
      .toArray()
      .map(item => browser.$(item).text())

  it('are those of their contact, with name and SKU, at home and in every portal', async () => {
    const portals = [await aPortal(world, 'Orders'), await aPortal(world, 'Works')]
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals })
    const bea = await aPortalUser(world, { name: 'Bea Nogueira' })
    await giveProduct(world, await aProduct(world, '<i>Basil</i>'), ada.contactId)
    await giveProduct(world, await aProduct(world, 'Almond oil', 'AO-1'), ada.contactId)
    await giveProduct(world, await aProduct(world, 'Cedar'), bea.contactId)
    const browser = world.browser()

    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    expect(browser.h1).to.equal('Welcome, Ada')
    expect(listed(browser)).to.deep.equal(['<i>Basil</i>', 'Almond oil (SKU AO-1)'])
    await browser.click('Orders')

    expect(listed(browser)).to.deep.equal(['<i>Basil</i>', 'Almond oil (SKU AO-1)'])
    expect(browser.text).not.to.include('Nothing has been shared')
  })

  it('have a page each, with what the office says of them, line by line', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    const almond = await aProduct(world, 'Almond oil', 'AO-1')
    await giveProduct(world, almond, ada.contactId)
    const staff = await world.signedInStaff()
    await staff.open(`/staff/products/${String(almond)}/change`)
    staff.fill('Description (optional)', 'Cold pressed.\n<b>One litre</b>')
    await staff.press('Save changes')
    expect(staff.text).to.include('Cold pressed.')
    const browser = world.browser()

    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    await browser.click('Almond oil')

    expect(browser.h1).to.equal('Almond oil')
    expect(browser.text).to.include('AO-1').and.to.include('Cold pressed.').and.to.include('<b>One litre</b>')
  })

  it('have no page for others, nor once they are archived', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const bea = await aPortalUser(world, { name: 'Bea Nogueira' })
    const cedar = await aProduct(world, 'Cedar')
    await giveProduct(world, cedar, bea.contactId)
    const [adas, beas] = [world.browser(), world.browser()]
    await signInToPortal(adas, 'ada.okafor', OWN_PASSWORD)
    await signInToPortal(beas, 'bea.nogueira', OWN_PASSWORD)

    const page = `/portal/products/${String(cedar)}`
    await adas.open(page)
    await beas.open(page)
    expect([adas.status, beas.status]).to.deep.equal([404, 200])
    expect(adas.text).not.to.include('Cedar')
    await archiveProduct(world.db, system, cedar, true, world.now())
    await beas.open(page)

    expect(beas.status).to.equal(404)
  })

  it('go as soon as they are archived or access is removed, and come back when restored', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    const almond = await aProduct(world, 'Almond oil')
    const basil = await aProduct(world, 'Basil')
    for (const product of [almond, basil]) await giveProduct(world, product, ada.contactId)
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    await archiveProduct(world.db, system, almond, true, world.now())
    await world.db('product_access').where({ product_id: basil }).delete()
    await browser.open('/portal/home')
    expect(browser.text).not.to.include('Your products')
    await archiveProduct(world.db, system, almond, false, world.now())
    await browser.open('/portal/home')

    expect(listed(browser)).to.deep.equal(['Almond oil'])
  })

  it('are none for somebody who belongs to no contact', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    await giveProduct(world, await aProduct(world, 'Almond oil'), ada.contactId)
    await world.db('portal_users').where({ id: ada.id }).update({ contact_id: null })
    const browser = world.browser()

    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    expect(browser.text).not.to.include('Your products')
  })
})

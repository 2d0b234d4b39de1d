import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { axeFindings } from '../support/accessibility.ts'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { aPortal, aPortalUser } from '../support/people.ts'
import { aProduct, giveProduct, productNamesOf } from '../support/products.ts'
import { aWorld, type World } from '../support/world.ts'

describeOn('postgres')('Adding and removing contact access to a product, in Chromium', function () {
  this.timeout(60_000)
  let world: World
  let browser: Browser
  let context: BrowserContext
  let page: Page
  before(async () => void (browser = await launchChromium()))
  after(() => browser.close())
  beforeEach(async () => void (world = await aWorld()))
  afterEach(async () => {
    await context.close()
    await world.end()
  })

  const click = (name: string | RegExp): Promise<void> => page.getByRole('link', { name, exact: true }).click()
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click()
  const heading = (): Promise<string | null> => page.getByRole('heading', { level: 1 }).textContent()

  async function open(options: { javaScriptEnabled: boolean; width?: number }): Promise<void> {
    const { javaScriptEnabled, width = 1280 } = options
    context = await browser.newContext({ javaScriptEnabled, baseURL: world.base, viewport: { width, height: 4000 } })
    page = await context.newPage()
  }

  async function signIn(face: 'staff' | 'portal', name: string, password: string): Promise<void> {
    await page.goto(`/${face}`)
    await page.getByLabel(face === 'staff' ? 'Email address' : 'Username').fill(name)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await press('Sign in')
  }

  it('works step by step without JavaScript, and the customer sees the products', async () => {
    await open({ javaScriptEnabled: false })
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    const bea = await aPortalUser(world, { name: 'Bea Nogueira' })
    for (const [name, sku] of [
      ['Almond oil', 'AO-1'],
      ['Basil', null],
    ] as const)
      await aProduct(world, name, sku)
    const staff = await world.aStaff('Rosa Marsh')
    await signIn('staff', staff.email, staff.password)

    // Select {Bulk Actions} on the Products table in Settings.
    await click('Settings')
    await click('Products')
    await press('Select all 2 on this page')
    await press('Bulk Actions')
    // Select {Add/Remove Contact Access}.
    await click('Add/Remove Contact Access')
    // Select the contact(s) you want to add or remove, and click the {Add/Remove} button.
    await page.getByLabel('Select Ada Okafor').check()
    await page.getByLabel('Select Bea Nogueira').check()
    await page.getByRole('group', { name: 'Add/Remove Contact Access' }).getByRole('button', { name: 'Add' }).click()
    await press(/^Save/)
    expect(await heading()).to.equal('2 contacts updated')
    expect(await page.getByRole('status').textContent()).to.include('The selected contacts were updated successfully.')

    await click('Back to products')
    await page.getByLabel('Select Basil').check()
    await press('Bulk Actions')
    await click('Add/Remove Contact Access')
    await page.getByLabel('Select Bea Nogueira').check()
    await press('Remove')
    await press(/^Save/)
    expect(await heading()).to.equal('1 contact updated')
    expect(await productNamesOf(world, bea.contactId)).to.deep.equal(['Almond oil'])

    await context.clearCookies()
    await signIn('portal', ada.username, ada.password)
    expect(await heading()).to.equal('Orders')
    await page.waitForLoadState()
    expect(
      await page.getByRole('region', { name: 'Your products' }).getByRole('listitem').allTextContents(),
    ).to.deep.equal(['Almond oil (SKU AO-1)', 'Basil'])
  })

  for (const width of [1280, 320]) {
    it(`has nothing that axe finds and does not scroll sideways, ${String(width)} pixels wide`, async () => {
      await open({ javaScriptEnabled: true, width })
      const ada = await aPortalUser(world, { name: 'Ada Okafor' })
      const almond = await aProduct(
        world,
        'Almond oil with a name of many words for which there is hardly room',
        'AO-1',
      )
      await giveProduct(world, almond, ada.contactId)
      const archived = await aProduct(world, 'Basil')
      await world.db('products').where({ id: archived }).update({ active: false })
      const staff = await world.aStaff('Rosa Marsh')
      await signIn('staff', staff.email, staff.password)
      const findings = async (): Promise<void> => {
        expect(await axeFindings(page), page.url()).to.deep.equal([])
        expect(await page.evaluate('document.documentElement.scrollWidth'), page.url()).to.be.at.most(width)
      }

      for (const address of ['', '?archived=yes', '/new', `/${String(almond)}`, `/bulk?products=${String(almond)}`]) {
        await page.goto(`/staff/products${address}`)
        await findings()
      }
      await page.goto(`/staff/products/contact-access?products=${String(almond)}`)
      await findings()
      await press('Remove')
      await findings()
      await page.getByLabel('Select Ada Okafor').check()
      await press('Remove')
      await findings()
      await press(/^Save/)
      await findings()
    })
  }
})

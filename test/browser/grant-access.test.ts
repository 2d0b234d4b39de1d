import { expect } from 'chai'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { aCompany, aContact, aPortal, aPortalUser } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

/** The two ways in which an office grants portal access to multiple contacts, in a real browser with scripts off. */
describeOn('postgres')('Granting portal access to multiple contacts, in Chromium without JavaScript', function () {
  this.timeout(60_000)
  let world: World
  let browser: Browser
  let context: BrowserContext
  let page: Page
  before(async () => void (browser = await launchChromium()))
  after(() => browser.close())
  beforeEach(async () => {
    world = await aWorld()
    context = await browser.newContext({ javaScriptEnabled: false, baseURL: world.base })
    page = await context.newPage()
  })
  afterEach(async () => {
    await context.close()
    await world.end()
  })

  const click = (name: string | RegExp): Promise<void> => page.getByRole('link', { name, exact: true }).click()
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click()
  const heading = (): Promise<string | null> => page.getByRole('heading', { level: 1 }).textContent()

  async function signIn(face: 'staff' | 'portal', name: string, password: string): Promise<void> {
    await page.goto(`/${face}`)
    await page.getByLabel(face === 'staff' ? 'Email address' : 'Username').fill(name)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await press('Sign in')
  }

  it('with a username and password: tick, Bulk Actions, Portals, Save, and the pop-up confirms', async () => {
    const documents = await aPortal(world, 'Documents')
    await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [documents] })
    await aPortalUser(world, { name: 'Bea Nogueira' })
    await aContact(world, 'Cal Reid')
    const staff = await world.aStaff('Rosa Marsh')
    await signIn('staff', staff.email, staff.password)

    // From the Contacts tab, check boxes to left-hand side of Name column for all desired Contacts.
    await click('Contacts')
    for (const name of ['Ada Okafor', 'Bea Nogueira', 'Cal Reid']) await page.getByLabel(`Select ${name}`).check()
    // Select {Bulk Actions}. Select one or more portals. Select {Save}.
    await press('Bulk Actions')
    await page.getByRole('group', { name: 'Portals' }).getByLabel('Orders').check()
    await press('Continue')
    expect(await page.textContent('main')).to.include('1 contact has no email address')
    await press(/^Save/)

    // A pop-up will confirm the selected Contacts were updated successfully.
    expect(await page.getByRole('status').textContent()).to.include('The selected contacts were updated successfully.')
    expect(await heading()).to.equal('2 contacts updated, 1 skipped')
    await context.clearCookies()
    await signIn('portal', ada.username, ada.password)
    expect(await page.textContent('main')).to.match(/Documents[\s\S]*Orders/)
  })

  it('without: export, add username, password and portals, import, and each contact has portal access', async () => {
    await aPortal(world, 'Documents')
    await aPortal(world, 'Orders')
    const acme = await aCompany(world, 'Acme')
    for (const name of ['Ada Okafor', 'Bea Nogueira']) {
      await aContact(world, name, { companyId: acme, email: `${name.split(' ')[0]?.toLowerCase() ?? ''}@acme.example` })
    }
    await aContact(world, 'Cal Reid')
    const staff = await world.aStaff('Rosa Marsh')
    await signIn('staff', staff.email, staff.password)

    // Select the Contacts tab. Use search filters to get desired contacts for export. Select {Export}.
    await click('Contacts')
    await page.getByRole('textbox', { name: 'Company' }).fill('Acme')
    await press('Search')
    await click('Export 2 contacts')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /^Download.*csv/ }).click(),
    ])
    const rows: string[][] = parse(await readFile(await download.path()), { bom: true })

    // Add a username (the email), a password (the same for everyone), one or more portals.
    const edited = rows.map(row =>
      row[0] === 'Contact ID' ? row : [...row.slice(0, 8), row[4], 'welcome-0417', 'Orders; Documents'],
    )
    const buffer = Buffer.from(stringify(edited))

    // Settings, Import/Export under Customer. {Choose File}. {Import}, {Contacts}.
    await click('Settings')
    await click('Import/Export')
    await page.getByLabel('Choose File').setInputFiles({ name: 'contacts.csv', mimeType: 'text/csv', buffer })
    await page.getByLabel('What the file holds').selectOption('Contacts')
    await press('Import')
    await press('Check the file')
    expect(await page.textContent('main')).to.include('Check 2 rows before importing')
    await press('Import 2 rows')

    // A results window will pop-up to confirm the records imported successfully.
    await page.getByRole('heading', { name: 'Import finished' }).waitFor()
    expect(await page.textContent('main')).to.include('The records were imported successfully')

    // The Contact can then login and reset the password to one of their choice.
    await context.clearCookies()
    await signIn('portal', 'ada@acme.example', 'welcome-0417')
    expect(await heading()).to.equal('Choose your own password')
    await page.getByLabel('New password').fill('thirteen green apples')
    await page.getByRole('main').getByRole('button').first().click()
    expect(await heading()).to.equal('Welcome, Ada')
    await page.waitForLoadState()
    const tiles = page.getByRole('main').getByRole('listitem').getByRole('link')
    expect(await tiles.allTextContents()).to.deep.equal(['Documents', 'Orders'])
    await tiles.first().click()
    expect(await heading()).to.equal('Documents')
  })
})

import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { aCompany, aPortal, manyContacts } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

/** Creating, updating and deleting the login credentials of customers, in a real browser with scripts off. */
describeOn('postgres')('Portal Access, in Chromium without JavaScript', function () {
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
    const staff = await world.aStaff('Rosa Marsh', 'admin')
    await page.goto('/staff')
    await page.getByLabel('Email address').fill(staff.email)
    await page.getByLabel('Password', { exact: true }).fill(staff.password)
    await press('Sign in')
  })
  afterEach(async () => {
    await context.close()
    await world.end()
  })

  const click = (name: string): Promise<void> => page.getByRole('link', { name, exact: true }).first().click()
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click()
  const heading = (): Promise<string | null> => page.getByRole('heading', { level: 1 }).textContent()
  const status = (): Promise<string | null> => page.getByRole('status').textContent()
  const emails = async (): Promise<string[]> => {
    await page.waitForLoadState()
    return page.getByRole('rowheader').allTextContents()
  }

  async function openPortalAccess(): Promise<void> {
    await click('Settings')
    await page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name: 'Client', exact: true }) })
      .getByRole('link', { name: 'Portal Access' })
      .click()
  }

  async function addJane(): Promise<void> {
    await page.getByRole('group', { name: 'Actions' }).getByRole('link', { name: '+ Add New Portal User' }).click()
    await page.getByLabel('Company', { exact: true }).selectOption('Acme')
    await press('Use this company’s email')
    await page.getByLabel('Enter Password').fill('harbour-0417')
    await page.getByLabel('Orders').check()
    await press('Save')
  }

  it('creates a portal user, who signs in; edits one; and resends the invitation', async () => {
    await aPortal(world, 'Orders')
    const acme = await aCompany(world, 'Acme')
    await world.db('companies').where({ id: acme }).update({ email: 'office@acme.example' })

    // Settings > Client > Portal Access. Actions, + Add New Portal User. Company, Company email, Enter Password. Save.
    await openPortalAccess()
    expect(await heading()).to.equal('Portal Access')
    await addJane()
    expect(await status()).to.include('Portal user saved. The invitation to office@acme.example')
    expect(await emails()).to.deep.equal(['office@acme.example'])

    // Find the Portal User, click on it to open the credentials in edit mode. Save the changes.
    await click('office@acme.example')
    expect(await heading()).to.equal('Edit Portal User')
    await page.getByLabel('Name', { exact: true }).fill('Jane Doe')
    await page.getByRole('group', { name: 'Orders' }).getByLabel('Access level').selectOption('Full')
    await press('Save')
    expect(await status()).to.include('The changes to Jane Doe were saved.')

    // Resend the email invitation, if needed.
    await click('Resend the email invitation')
    await press('Make a new password and resend')
    expect(await status()).to.include('A new temporary password was made.')
    const states = await world.db('emails').orderBy('id').pluck<string[]>('status')
    expect(states).to.deep.equal(['cancelled', 'queued'])
  })

  it('sorts, filters and pages the list, and deletes what is ticked, or not', async () => {
    await manyContacts(world, { count: 12, login: true })
    await openPortalAccess()

    // Click on the Email header to sort. Filter. 10 per page. Next and Previous.
    await press('Email')
    await press('Email')
    expect((await emails())[0]).to.equal('contact00012@customer.example')
    await page.getByLabel('Company, email, username or name').fill('0001')
    await press('Search')
    expect((await emails()).length).to.equal(4)
    await press('Show all portal users')
    await press('10 rows')
    await press('Next page')
    await press('Previous page')

    // Tick the checkbox to its left. Actions, Delete. Cancel to abandon, YES to continue.
    await page.getByRole('checkbox', { name: 'Select contact00012@customer.example' }).check()
    await press('Next page')
    await press('Select all 2 on this page')
    await press('Delete')
    expect(await heading()).to.equal('Delete 3 portal users?')
    expect(await page.textContent('main')).to.include('This action can not be undone.')
    await click('Cancel')
    await press('Delete')
    await press('YES, delete 3 portal users')
    expect(await status()).to.include('3 portal users deleted.')
    expect((await emails()).length).to.equal(9)
  })
})

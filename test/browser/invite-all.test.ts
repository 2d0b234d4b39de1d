import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { aContact } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

/** The way in which an office invites all of its clients, in a real browser with scripts off. */
describe('Inviting all clients to the portal, in Chromium without JavaScript', function () {
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

  async function signIn(): Promise<void> {
    const staff = await world.aStaff('Rosa Marsh')
    await page.goto('/staff')
    await page.getByLabel('Email address').fill(staff.email)
    await page.getByLabel('Password', { exact: true }).fill(staff.password)
    await press('Sign in')
  }

  async function openImportCenter(): Promise<void> {
    await click('Settings')
    await page.getByRole('heading', { name: 'Account Settings' }).waitFor()
    await click('Import Center')
  }

  it('Account Settings, Import Center, the blue text, review and uncheck, Send Invitation', async () => {
    for (const name of ['Ada', 'Bea', 'Cal']) {
      await aContact(world, `${name} Okafor`, { email: `${name.toLowerCase()}@customer.example` })
    }
    await aContact(world, 'Dan Reid')
    await signIn()

    // Navigate to the Account Settings. Click on the "Import Center". Click on the blue text.
    await openImportCenter()
    await press('invite all clients to the portal')

    // A report on all clients who have email addresses but who have NOT been invited yet.
    expect(await page.textContent('main')).to.include('3 contacts with an email address have not been invited yet.')
    expect(await page.locator('tbody input:checked').count()).to.equal(3)
    expect(await page.textContent('main')).to.include('1 contact has no email address')

    // Uncheck anyone who you do not want to receive the invitation. Then press "Send Invitation".
    await page.getByLabel('Select Bea Okafor').uncheck()
    await press('Send Invitation')
    expect(await heading()).to.equal('Send 2 invitations?')
    expect(await page.textContent('main')).to.include('Hello Ada Okafor,')
    await press('Send 2 invitations')
    expect(await heading()).to.equal('2 contacts invited')
    const mails = await world.db('emails').orderBy('to_email').pluck('to_email')
    expect(mails).to.deep.equal(['ada@customer.example', 'cal@customer.example'])

    // Use it whenever there are clients to be invited: only who was left out is in the list.
    await openImportCenter()
    await press('invite all clients to the portal')
    expect(await page.locator('tbody th').allTextContents()).to.deep.equal(['Bea Okafor'])
  })
})

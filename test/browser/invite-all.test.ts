import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { aContact, OWN_PASSWORD } from '../support/people.ts'
import { until } from '../support/real-server.ts'
import { aWorld, type World } from '../support/world.ts'

/**
 * The way in which an office invites all of its clients, in a real browser with scripts off, with mail that is really
 * sent.
 */
describeOn('postgres')('Inviting all clients to the portal, in Chromium without JavaScript', function () {
  this.timeout(60_000)
  let mail: MailServer
  let world: World
  let browser: Browser
  let context: BrowserContext
  let page: Page
  before(async () => void (browser = await launchChromium()))
  after(() => browser.close())
  beforeEach(async () => {
    mail = await aMailServer()
    world = await aWorld({ smtpUrl: mail.url })
    context = await browser.newContext({ javaScriptEnabled: false, baseURL: world.base })
    page = await context.newPage()
  })
  afterEach(async () => {
    await context.close()
    await world.end()
    await mail.stop()
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

  /** Follows the link in the mail to this address, registers and signs in; the answer is the heading of the portal. */
  async function portalOpenedBy(address: string): Promise<string | null> {
    const customer = await browser.newContext({ javaScriptEnabled: false, baseURL: world.base })
    const portal = await customer.newPage()
    const text = mail.taken.find(({ to }) => to.includes(address))?.mail.text ?? ''
    await portal.goto(/http\S+\/portal\/invitations\/[\w-]+/.exec(text)?.[0] ?? '')
    await portal.getByLabel('New password', { exact: true }).fill(OWN_PASSWORD)
    await portal.getByRole('button', { name: 'Register' }).click()
    await portal.getByLabel('Username').fill(address)
    await portal.getByLabel('Password', { exact: true }).fill(OWN_PASSWORD)
    await portal.getByRole('button', { name: 'Sign in' }).click()
    await portal.waitForURL(/\/portal\/portals\//)
    const opened = await portal.getByRole('heading', { level: 1 }).textContent()
    await customer.close()
    return opened
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
    await page.getByRole('button', { name: 'Send Invitation' }).waitFor()

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
    await until(() => Promise.resolve(mail.taken.length === 2))
    const addresses = mail.taken.flatMap(({ to }) => to).toSorted()
    expect(addresses).to.deep.equal(['ada@customer.example', 'cal@customer.example'])
    expect(await portalOpenedBy('ada@customer.example')).to.equal('Ada Okafor')

    // Use it whenever there are clients to be invited: only who was left out is in the list.
    await openImportCenter()
    await press('invite all clients to the portal')
    await page.getByRole('button', { name: 'Send Invitation' }).waitFor()
    expect(await page.locator('tbody th').allTextContents()).to.deep.equal(['Bea Okafor'])
  })
})

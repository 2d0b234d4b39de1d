import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { aDocument, aFolder } from '../support/documents.ts'
import { aMailServer, type MailServer } from '../support/mail-server.ts'
import { aContact, OWN_PASSWORD } from '../support/people.ts'
import { until } from '../support/real-server.ts'
import { aWorld, type World } from '../support/world.ts'

/**
 * Inviting contacts to a portal as the office does it, in a real browser with scripts off, with mail that is really
 * sent.
 */
describeOn('postgres')('Inviting contacts to a portal, in Chromium without JavaScript', function () {
  this.timeout(90_000)
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
    const staff = await world.aStaff('Rosa Marsh')
    await page.goto('/staff')
    await page.getByLabel('Email address').fill(staff.email)
    await page.getByLabel('Password', { exact: true }).fill(staff.password)
    await press('Sign in')
  })
  afterEach(async () => {
    await context.close()
    await world.end()
    await mail.stop()
  })

  const click = (name: string): Promise<void> => page.getByRole('link', { name, exact: true }).click()
  const press = (name: string, on = page): Promise<void> => on.getByRole('button', { name, exact: true }).click()
  const said = (on = page): Promise<string> => on.getByRole('main').innerText()
  const subscriber = (name: string): Promise<string> =>
    page
      .getByRole('region', { name: 'Client Portal Subscribers' })
      .getByRole('row')
      .filter({ hasText: name })
      .innerText()

  /** The link in the mail that the mail server has taken for this address. */
  async function linkMailedTo(address: string): Promise<string> {
    await until(() => Promise.resolve(mail.taken.some(({ to }) => to.includes(address))))
    const text = mail.taken.find(({ to }) => to.includes(address))?.mail.text ?? ''
    return /http\S+\/portal\/invitations\/[\w-]+/.exec(text)?.[0] ?? ''
  }

  /** Registers in a browser of its own, and signs in. */
  async function register(link: string, username: string): Promise<Page> {
    const customer = await (await browser.newContext({ javaScriptEnabled: false, baseURL: world.base })).newPage()
    await customer.goto(link)
    await customer.getByLabel('New password', { exact: true }).fill(OWN_PASSWORD)
    await press('Register', customer)
    await customer.getByLabel('Username').fill(username)
    await customer.getByLabel('Password', { exact: true }).fill(OWN_PASSWORD)
    await press('Sign in', customer)
    return customer
  }

  it('invites the contact, who is pending until they register with the link in the mail', async () => {
    await aContact(world, 'Ada Okafor', { email: 'ada@acme.example', contactType: 'supplier' })

    // Click Contacts. Search for and click on the required contact record. Click Invite to Portal.
    await click('Contacts')
    await click('Ada Okafor')
    await click('Invite to Portal')
    // The default name and email address appears. Edit the default permissions. Click Invite.
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).to.equal('Ada Okafor')
    expect(await page.getByLabel('Email address').inputValue()).to.equal('ada@acme.example')
    await page.getByLabel('Personal message (optional)').fill('See you there')
    await page.getByLabel('Invite other people to the portal').uncheck()
    await press('Invite')

    // The panel, the word Pending, and the label of the button. The contact appears in the Client Portal module.
    expect(await page.getByRole('status').textContent()).to.include('The invitation to ada@acme.example is queued.')
    expect(await subscriber('Ada Okafor')).to.include('Pending')
    await page.waitForLoadState()
    expect(await page.getByRole('link', { name: 'Invite more to portal' }).count()).to.equal(1)
    const contact = page.url()
    await click('Client Portal')
    await page.waitForLoadState()
    expect(await page.getByRole('row').filter({ hasText: 'Ada Okafor' }).count()).to.equal(1)

    const customer = await register(await linkMailedTo('ada@acme.example'), 'ada@acme.example')
    expect(mail.taken[0]?.mail.text).to.include('See you there')
    expect(await said(customer)).to.include('Ada Okafor')
    await page.goto(contact)
    expect(await subscriber('Ada Okafor')).not.to.include('Pending')
    await customer.context().close()
  })

  it('invites more people, who see what is not denied, and takes the contact out of the module', async () => {
    const contactId = await aContact(world, 'Acme')
    await page.goto(`/staff/contacts/${String(contactId)}`)
    await click('Invite to Portal')
    expect(await said()).to.include('No email address is recorded for this contact')
    await page.getByLabel('Email address').fill('office@acme.example')
    await press('Invite')
    const { id: portalId } = await world.db('portals').first<{ id: number }>('id')
    const letters = await aFolder(world, portalId, 'Letters')
    await aDocument(world, portalId, 'Secret.pdf', { folderId: letters })
    await aDocument(world, portalId, 'Prices.pdf')

    // Click Invite more to portal. Type the name and email address. Set Folder Permissions, tick, Deny Access. Invite.
    await click('Invite more to portal')
    await page.getByLabel('Name', { exact: true }).fill('Ben Baker')
    await page.getByLabel('Email address').fill('ben@acme.example')
    await press('Set Folder Permissions')
    await page.getByLabel('Folder Letters').check()
    await press('Deny Access')
    expect(await said()).to.include('Access to 1 item is denied.')
    await press('Invite')
    expect(await subscriber('Ben Baker')).to.include('Pending')
    const customer = await register(await linkMailedTo('ben@acme.example'), 'ben@acme.example')
    await customer.getByRole('link', { name: 'My Documents' }).first().click()
    expect(await said(customer))
      .to.include('Prices.pdf')
      .and.not.to.include('Letters')

    // The contact appears in the Client Portal module, where it can be removed.
    await click('Client Portal')
    await page.getByRole('row').filter({ hasText: 'Acme' }).getByRole('link', { name: 'Remove' }).click()
    await press('Remove the portal of Acme')
    expect(await said()).to.include('No contact has a portal yet')
    await customer.reload()
    expect(await said(customer)).not.to.include('Prices.pdf')
    await customer.context().close()
  })
})

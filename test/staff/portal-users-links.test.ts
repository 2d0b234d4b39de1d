import { expect } from 'chai'
import { system } from '../../src/core/actors.ts'
import { contactsWithoutLogin } from '../../src/core/access/plan.ts'
import { mergeTicks } from '../../src/core/contacts/selection.ts'
import { switchPortal } from '../../src/core/portals/portals.ts'
import { changePortalSettings } from '../../src/core/settings/portal-settings.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import type { Browser } from '../support/browser.ts'
import { askForLink, mailedLink, newestMail } from '../support/inbox.ts'
import { aCompany, aContact, aPortal, aPortalUser, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const JANE = 'jane@acme.example'
const PASSWORD = 'copper lantern friday'
const HOUR = 3_600_000
const DAY = 86_400_000

describe('Sign-in details by link', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff('admin')
    await aCompany(world, 'Acme')
    const admin = await staffById(world.db, 1)
    if (admin) await changePortalSettings(world.db, admin, { credentials: 'link' }, world.now())
  })
  afterEach(() => world.end())

  /** Adds Jane by the page, and gives her id. */
  async function addJane(portals: string[] = []): Promise<number> {
    await staff.open('/staff/portal-users/new')
    staff.fill('Company', 'Acme')
    staff.fill('Company email', JANE)
    for (const portal of portals) staff.tick(portal)
    await staff.press('Save')
    const row = await world.db('portal_users').orderBy('id', 'desc').first<{ id: number }>('id')
    return row.id
  }

  async function resend(id: number): Promise<void> {
    await staff.open(`/staff/portal-users/${String(id)}/resend`)
    await staff.press('Make a new link and resend')
  }

  async function looking(link: string): Promise<[number, string]> {
    const browser = world.browser()
    await browser.open(link)
    return [browser.status, browser.h1]
  }

  it('asks staff for no password, and mails a link with which the person chooses one', async () => {
    await aPortal(world, 'Orders')
    await staff.open('/staff/portal-users/new')
    expect(staff.text).to.include('They choose their own password: the invitation has a link for it')
    expect(staff.text).not.to.include('Enter Password')

    await addJane(['Orders'])

    expect(staff.text).to.include(`Portal user saved. The invitation to ${JANE}`)
    expect(staff.tableRows()[0]?.slice(1, 4)).to.deep.equal(['Acme', JANE, 'No password yet'])
    const browser = world.browser()
    await browser.open(await mailedLink(world))
    expect(browser.h1).to.equal('Choose your own password')
    browser.fill('Password', PASSWORD)
    await browser.press('Save password')
    await signInToPortal(browser, JANE, PASSWORD)
    expect(browser.h1).to.equal('Orders')
    expect(await world.db('emails')).to.have.length(1)
  })

  it('lets nobody in before a password is chosen, whatever is typed', async () => {
    await addJane()
    const browser = world.browser()

    for (const password of ['', 'null', PASSWORD]) {
      await signInToPortal(browser, JANE, password)
      expect(browser.errors()[0]).to.include('this pair does not match an account')
    }
  })

  it('is not used up by opening the link, nor by a password that is not good enough, and then only once', async () => {
    await addJane()
    const link = await mailedLink(world)
    const before = await world.db('sign_in_links').first()
    for (const method of ['HEAD', 'GET']) expect((await world.browser().raw(method, link)).status).to.equal(200)
    const browsers = Array.from({ length: 8 }, () => world.browser())
    for (const browser of browsers) await browser.open(link)
    await browsers[0]?.post(link, { password: 'short' })
    expect(await world.db('sign_in_links').first()).to.deep.equal(before)

    await Promise.all(browsers.map((browser, n) => browser.post(link, { password: `${PASSWORD} ${String(n)}` })))

    const losers = browsers.filter(browser => browser.status === 410)
    expect(losers).to.have.length(7)
    expect(await looking(link)).to.deep.equal([410, 'This link has already been used'])
  })

  it('lasts seven days, as the mail says, and then staff see so', async () => {
    const id = await addJane()
    const link = await mailedLink(world)
    expect(await newestMail(world)).to.match(/The link works once, until \d+ \w+ \d{4} at/)

    world.later(7 * DAY - 60_000)
    expect(await looking(link)).to.deep.equal([200, 'Choose your own password'])
    world.later(60_000)

    expect(await looking(link)).to.deep.equal([410, 'This link has expired'])
    staff = await world.signedInStaff('admin')
    await staff.open(`/staff/portal-users/${String(id)}`)
    expect(staff.text).to.include('Link to choose a password expired')
  })

  it('is resent as a newer link, which ends the older one and the password there was', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    await staff.open(`/staff/portal-users/${String(ada.id)}/resend`)
    expect(staff.text).to.include('Portico makes a new link to choose a password and emails it')
    await staff.press('Make a new link and resend')
    expect(staff.text).to.include('A new link to choose a password was made.')
    const first = await mailedLink(world)
    const browser = world.browser()
    await signInToPortal(browser, ada.username, ada.password)
    expect(browser.errors()).to.have.length(1)

    await resend(ada.id)

    expect(await looking(first)).to.deep.equal([410, 'A newer link was sent'])
    await browser.open(await mailedLink(world))
    await browser.post(browser.path, { password: PASSWORD })
    await signInToPortal(browser, ada.username, PASSWORD)
    expect(browser.h1).to.equal('Welcome, Ada')
  })

  it('is held while no portal is enabled, and goes out when one is', async () => {
    const orders = await aPortal(world, 'Orders')
    await switchPortal(world.db, system, orders.id, false, world.now())
    await addJane(['Orders (disabled)'])
    expect(staff.text).to.include('The invitation was not sent because the portal is not enabled.')
    await switchPortal(world.db, system, orders.id, true, world.now())

    await staff.open('/staff/portals')
    await staff.press('Send 1 held invitation')

    expect(await world.db('emails').where({ status: 'queued' })).to.have.length(1)
    expect(await looking(await mailedLink(world))).to.deep.equal([200, 'Choose your own password'])
  })

  it('stops when the address is corrected, or the person disabled', async () => {
    const id = await addJane()
    const first = await mailedLink(world)
    await staff.open(`/staff/portal-users/${String(id)}`)
    staff.fill('Company email', 'joan@acme.example')
    await staff.press('Save')
    expect(staff.text).to.include('What was sent to the old address no longer works: resend the invitation')
    await resend(id)
    const second = await mailedLink(world)

    await staff.press('Disable')

    expect(await looking(first)).to.deep.equal([410, 'A newer link was sent'])
    expect((await looking(second))[0]).to.equal(410)
    await staff.press('Enable')
    expect(staff.text).to.include('is enabled, but has no password and no link to choose one: resend the invitation.')
    expect(staff.text).to.include('Link to choose a password expired').and.not.to.include('works until')
  })

  it('ends when the person asks for another link, and staff see until when that one works', async () => {
    const id = await addJane()
    await askForLink(world, JANE)
    const link = await mailedLink(world)
    expect((await looking(link))[0]).to.equal(200)

    world.later(HOUR)
    await staff.open(`/staff/portal-users/${String(id)}`)

    expect((await looking(link))[0]).to.equal(410)
    expect(staff.text).to.include('Link to choose a password expired').and.not.to.include('works until')
  })

  it('leaves a contact one to whom portals can be given at once', async () => {
    const [company] = await world.db('companies').select<{ id: number }[]>('id')
    const jane = await aContact(world, 'Jane Doe', { email: JANE, companyId: company?.id ?? null })
    await addJane()
    const admin = await staffById(world.db, 1)
    const ticks = { shown: [], ticked: [jane] }
    const handle = admin && (await mergeTicks(world.db, admin, null, ticks, world.now()))

    expect(await contactsWithoutLogin(world.db, handle ?? '', 5)).to.deep.equal([])
    await staff.open(`/staff/contacts/${String(jane)}`)
    expect(staff.text).to.include('No password yet')
  })

  it('asks for a temporary password when the office decides for those', async () => {
    await staff.open('/staff/portal-users/new')
    const admin = await staffById(world.db, 1)
    if (admin) await changePortalSettings(world.db, admin, { credentials: 'password' }, world.now())
    staff.fill('Company', 'Acme')
    staff.fill('Company email', JANE)

    await staff.press('Save')

    expect(staff.errors()).to.deep.equal(['Enter a temporary password of 8 to 256 characters'])
  })
})

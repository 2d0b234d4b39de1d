import { expect } from 'chai'
import { system } from '../../src/core/actors.ts'
import { switchPortal } from '../../src/core/portals/portals.ts'
import { aSubscriber } from '../support/contact-portals.ts'
import { aDocument, aFolder, deny } from '../support/documents.ts'
import { aContact, aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The portals of a portal user', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('are exactly those this person has access to now', async () => {
    const [orders, invoices, works, old] = await portals(world, 'Orders', 'Invoices', 'Works', 'Old')
    await aPortalUser(world, { name: 'Bea Foreign', portals: [works] })
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders, invoices, works, old] })
    const revoked = world.db('portal_access').where({ portal_user_id: ada.id })
    await revoked.clone().where({ portal_id: works.id }).update({ revoked_at: world.now() })
    await world.db('portals').where({ id: old.id }).update({ removed_at: world.now() })
    const browser = world.browser()

    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    expect(browser.path).to.equal('/portal/home')
    expect(listed(browser.$('main h2').text())).to.equal('InvoicesOrders')
  })

  it('are opened at once after signing in when there is just one, but not on later visits home', async () => {
    const [orders, works] = await portals(world, 'Orders', 'Works')
    await switchPortal(world.db, system, works.id, false, world.now())
    await aPortalUser(world, { name: 'Ada Okafor', portals: [orders, works] })
    const browser = world.browser()

    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    expect(browser.h1).to.equal('Orders')
    expect(browser.text).to.include('Signed in as Ada Okafor. Access given on').and.include('My Details')

    await browser.click('Choose another portal')
    expect(browser.h1).to.equal('Welcome, Ada')
    expect(browser.text).to.include('Works Not available at the moment')
  })

  it('say what is new since the visit before, but not what is denied or one has brought oneself', async () => {
    const contactId = await aContact(world, 'Acme Ltd')
    const { slug, portalId, accessId, user } = await aSubscriber(world, { contactId })
    await aDocument(world, portalId, 'old.pdf')
    world.later(60_000)
    const second = world.browser()
    await signInToPortal(second, user.username, OWN_PASSWORD)
    expect(second.text).to.include('1 new document since your last visit')
    world.later(60_000)
    await aDocument(world, portalId, 'tax-return.pdf')
    const secret = await aFolder(world, portalId, 'Payroll')
    await aDocument(world, portalId, 'salaries.pdf', { folderId: secret })
    await deny(world, accessId, { folders: [secret] })
    const own = await aDocument(world, portalId, 'mine.pdf')
    await world.db('documents').where({ id: own.id }).update({ uploaded_by_portal_user_id: user.id })
    world.later(60_000)
    const browser = world.browser()
    await signInToPortal(browser, user.username, OWN_PASSWORD)

    await browser.open('/portal/home')
    expect(browser.text).to.include('1 new document since')
    await browser.open(`/portal/portals/${slug}`)

    expect(browser.text).to.include('1 new document since your last visit').and.include('tax-return.pdf')
    expect(browser.text).not.to.match(/old\.pdf|salaries|mine\.pdf/)
  })

  it('say whom to ask when there are none', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = world.browser()

    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    expect(browser.text).to.include('Ask the person you deal with at Harbour & Finch to give you access.')
  })

  it('cannot be opened while switched off', async () => {
    const [orders] = await portals(world, 'Orders')
    await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    await switchPortal(world.db, system, orders.id, false, world.now())
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    await browser.open('/portal/portals/orders')

    expect(browser.status).to.equal(403)
    expect(browser.h1).to.equal('This portal is not available at the moment')
    expect(browser.text).to.include('Ask the person you deal with at Harbour & Finch')
  })

  it('answer as if they did not exist when they are somebody else’s', async () => {
    const [orders, works] = await portals(world, 'Orders', 'Works')
    await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)

    const bodies: string[] = []
    for (const slug of [works.slug, 'no-such-portal', '%00', 'ORDERS', 'a'.repeat(300), `${orders.slug}'--`]) {
      await browser.open(`/portal/portals/${slug}`)
      expect(browser.status, slug).to.equal(404)
      bodies.push(browser.html.replace(/value="[^"]*"/g, ''))
    }

    expect(new Set(bodies).size).to.equal(1)
  })

  it('close at the next click when access is taken away', async () => {
    const [orders] = await portals(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    expect(browser.h1).to.equal('Orders')

    await world.db('portal_access').where({ portal_user_id: ada.id }).update({ revoked_at: world.now() })

    await browser.open('/portal/portals/orders')
    expect(browser.status).to.equal(404)
  })
})

async function portals<Names extends string[]>(world: World, ...names: Names) {
  const made = []
  for (const name of names) made.push(await aPortal(world, name))
  return made as { [Name in keyof Names]: Awaited<ReturnType<typeof aPortal>> }
}

function listed(text: string): string {
  return text.replace(/\s+/g, '')
}

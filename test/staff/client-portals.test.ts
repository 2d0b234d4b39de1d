import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { aDocument, aFolder } from '../support/documents.ts'
import { anInvitation } from '../support/invitations.ts'
import { aCompany, aContact, aPortal, aPortalUser, signInToPortal } from '../support/people.ts'
import { giveAccess } from '../../src/core/access/records.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The Client Portal module', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  const names = (): string[] => staff.tableRows('Client portals').map(([name = '']) => name)

  /** Somebody with a login who has the portal of a contact. */
  async function aSubscriber(name: string, portalId: number): Promise<{ username: string; password: string }> {
    const user = await aPortalUser(world, { name })
    const granter = await world.db('staff_users').first<{ id: number }>('id')
    const pair = { portalUserId: user.id, portalId }
    await giveAccess(world.db, [pair], { source: 'staff', staff: granter, batchId: null }, world.now())
    return user
  }

  it('lists the contacts that have a portal, and the shared portals apart', async () => {
    const acme = await aCompany(world, 'Acme')
    const ada = await aContact(world, 'Ada Okafor', { companyId: acme })
    await aContact(world, 'Cal Contact')
    await aPortal(world, 'Orders')
    const { portalId } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    await aSubscriber('Ben Baker', portalId)

    await staff.open('/staff/contacts')
    await staff.click('Client Portal')

    const [row = [], ...others] = staff.tableRows('Client portals 1 to 1 of 1')
    expect(others).to.deep.equal([])
    expect(row.slice(0, 4)).to.deep.equal(['Ada Okafor', 'Acme', '1', '1 for the portal of Ada Okafor, number 2'])
    expect(row[4]).to.match(/^\d+ \w+ \d{4}$/)
    expect(staff.tableRows('that many contacts can be given')).to.deep.equal([
      ['Orders', 'Enabled', '0', 'See the documents of Orders'],
    ])
    await staff.click('Ada Okafor')
    expect(staff.$('h2').text()).to.include('Client Portal Subscribers')
  })

  it('is sorted, searched and paged', async () => {
    for (let n = 11; n <= 22; n += 1) {
      const companyId = await aCompany(world, `Company ${String(40 - n)}`)
      const contact = await aContact(world, `Contact ${String(n)}`, { companyId })
      await anInvitation(world, contact, { email: `contact${String(n)}@acme.example` })
    }
    await staff.open('/staff/client-portals?size=10')
    expect(names()).to.have.length(10).and.to.include('Contact 11')
    await staff.click('Next page of client portals')
    expect(names()).to.deep.equal(['Contact 21', 'Contact 22'])

    await staff.click('Company')
    expect(names()[0]).to.equal('Contact 22')
    await staff.click('Last activity')
    expect(names()).to.have.length(10)
    staff.fill('Name, email or company of the contact', 'company 18')
    await staff.press('Search')

    expect(names()).to.deep.equal(['Contact 22'])
    expect(staff.title).to.include('Client Portal matching “company 18”')
  })

  it('removes the portal of a contact after a warning: everybody loses it, invitations end, logins stay', async () => {
    const ada = await aContact(world, 'Ada Okafor')
    const { portalId } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    const ben = await aSubscriber('Ben Baker', portalId)
    await staff.open('/staff/client-portals')
    await staff.click(`Remove the portal of Ada Okafor, number ${String(portalId)}`)
    expect(staff.text).to.include('1 person can no longer open this portal')
    expect(staff.text).to.include('1 invitation that nobody has accepted is cancelled')

    await staff.press('Remove the portal of Ada Okafor')

    expect(staff.text).to.include('The portal of Ada Okafor was removed.')
    expect(staff.text).to.include('No contact has a portal yet')
    expect(await world.db('invitations').pluck<string[]>('status')).to.deep.equal(['cancelled'])
    expect(await world.db('emails').pluck<string[]>('status')).to.deep.equal(['cancelled'])
    const customer = world.browser()
    await signInToPortal(customer, ben.username, ben.password)
    expect(customer.text).not.to.include('Ada Okafor')
    staff.back()
    await staff.press('Remove the portal of Ada Okafor')
    expect(staff.text).to.include('This portal was removed already.')
  })

  it('has a portal back, without its people, once somebody is invited to it again', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@acme.example' })
    const { portalId } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    await aSubscriber('Ben Baker', portalId)
    await staff.open(`/staff/client-portals/${String(portalId)}/removal`)
    await staff.press('Remove the portal of Ada Okafor')
    await staff.open(`/staff/contacts/${String(ada)}`)
    expect(staff.text).not.to.include('Client Portal Subscribers')

    await staff.click('Invite to Portal')
    await staff.press('Invite')
    await staff.click('Client Portal')

    expect(staff.tableRows('Client portals')[0]?.slice(0, 3)).to.deep.equal(['Ada Okafor', 'No company', '0'])
    expect(await world.db('portals')).to.have.length(1)
  })

  it('keeps the documents of a removed portal, or deletes them when that is chosen', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@acme.example' })
    const { portalId } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    const folder = await aFolder(world, portalId, 'Letters')
    await aDocument(world, portalId, 'letter.pdf', { folderId: folder })
    const remove = async (choice: string): Promise<void> => {
      await world.db('portals').where({ id: portalId }).update({ removed_at: null })
      await staff.open(`/staff/client-portals/${String(portalId)}/removal`)
      staff.choose(choice)
      await staff.press('Remove the portal of Ada Okafor')
    }

    await remove('Keep for later')
    expect(staff.text).to.include('Documents are kept.')
    expect(await world.db('documents').pluck('deleted_at')).to.deep.equal([null])
    await remove('Delete, which cannot be undone')

    expect(staff.text).to.include('Deleted: 1 document.')
    expect(await world.db('documents').whereNull('deleted_at')).to.deep.equal([])
    expect(await world.db('folders')).to.deep.equal([])
  })

  it('lets administrators switch the portal of a contact off and on, and send what waited meanwhile', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@acme.example' })
    const { portalId } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    const ben = await aSubscriber('Ben Baker', portalId)
    const admin = await world.signedInStaff('admin')
    const customer = world.browser()
    const what = `the portal of Ada Okafor, number ${String(portalId)}`
    await admin.open('/staff/client-portals?q=ada&size=50')

    await admin.press(`Disable ${what}`)
    expect(admin.text).to.include('The portal of Ada Okafor is disabled: nobody can open it until you enable it again.')
    expect(admin.path).to.equal('/staff/client-portals?q=ada&size=50')
    await signInToPortal(customer, ben.username, ben.password)
    expect(customer.text).to.include('Not available at the moment')
    await anInvitation(world, ada, { email: 'cal@acme.example' })

    admin.back()
    await admin.press(`Disable ${what}`)
    await admin.press(`Enable ${what}`)
    expect(admin.text).to.include('The portal of Ada Okafor is enabled: those with access can open it.')
    await admin.press(`Send 1 held invitation for ${what}`)

    expect(admin.text).to.include('1 invitation for Ada Okafor is queued.')
    expect(admin.path).to.equal('/staff/client-portals?q=ada&size=50')
    expect(await world.db('emails').orderBy('id').pluck<string[]>('status')).to.deep.equal(['queued', 'queued'])
    const actions = await world.db('audit_events').where('action', 'like', 'portal.%').orderBy('id').pluck('action')
    expect(actions).to.deep.equal(['portal.opened', 'portal.disabled', 'portal.enabled', 'portal.held-mail-queued'])
    await staff.open('/staff/client-portals')
    expect(staff.html).not.to.include('disabling')
  })

  it('shows viewers the portals and nothing to change', async () => {
    await anInvitation(world, await aContact(world, 'Ada Okafor'), { email: 'ada@acme.example' })
    const viewer = await world.signedInStaff('viewer')

    await viewer.open('/staff/client-portals')

    expect(viewer.tableRows('Client portals')).to.have.length(1)
    expect(viewer.html).not.to.include('removal')
  })
})

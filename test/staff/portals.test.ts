import { expect } from 'chai'
import { aPortal, aPortalUser } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Portals in Settings', () => {
  let world: World
  let admin: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
  })
  afterEach(() => world.end())

  it('are for administrators only', async () => {
    const manager = await world.signedInStaff('manager')

    await manager.open('/staff/portals')

    expect(manager.status).to.equal(403)
    expect(manager.h1).to.equal('You may not do this')
  })

  it('are added, renamed, disabled and enabled', async () => {
    await admin.click('Settings')
    await admin.click('Portals')
    expect(admin.text).to.include('There is no portal yet.')
    admin.fill('Name', 'Orders')
    await admin.press('Add portal')
    await admin.click('Rename Orders')
    admin.fill('Name', 'Orders and returns')
    await admin.press('Rename portal')
    expect(admin.text).to.include('The portal is now called Orders and returns.')

    await admin.press('Disable Orders and returns')
    expect(admin.text).to.include('Orders and returns is disabled: nobody can open it until you enable it again.')
    await admin.press('Enable Orders and returns')

    expect(admin.tableRows()[0]?.slice(0, 3)).to.deep.equal(['Orders and returns', 'Enabled', '0'])
  })

  it('say how many people have access', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Ada', portals: [orders] })
    await aPortalUser(world, { name: 'Bea', portals: [orders] })

    await admin.open('/staff/portals')

    expect(admin.tableRows()[0]?.[2]).to.equal('2')
  })

  it('refuse a name that is taken, empty, too long, or would not fit in a spreadsheet cell of several', async () => {
    await aPortal(world, 'Orders')
    const said: string[] = []

    for (const name of ['ÓRDERS', ' ', 'x'.repeat(81), 'Orders; Documents']) {
      await admin.open('/staff/portals')
      admin.fill('Name', name)
      await admin.press('Add portal')
      said.push(admin.errors()[0] ?? '')
    }

    expect(said).to.deep.equal([
      'There is a portal called ÓRDERS already. Choose a different name',
      'Enter a name for the portal',
      'Use at most 80 characters for the name',
      'Use a name without a semicolon: in spreadsheets it separates one portal from the next',
    ])
  })
})

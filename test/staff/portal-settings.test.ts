import { expect } from 'chai'
import type { Staff } from '../../src/core/actors.ts'
import { changePortalSettings, portalSettings } from '../../src/core/settings/portal-settings.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The portal settings', () => {
  let world: World
  let admin: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
  })
  afterEach(() => world.end())

  const PAGE = '/staff/portal-settings'
  const changes = (): Promise<unknown[]> => world.db('audit_events').where({ action: 'portal-settings.changed' })

  it('are for administrators only', async () => {
    const manager = await world.signedInStaff('manager')

    await manager.open('/staff/settings')
    expect(manager.text).not.to.include('Portal Settings')
    await manager.open(PAGE)

    expect(manager.status).to.equal(403)
  })

  it('are changed one topic at a time, and lead to switching portals on and off', async () => {
    await admin.open('/staff/settings')
    await admin.click('Portal Settings')
    admin.untick('Clients can invite others to portal')
    await admin.press('Save who can invite')
    expect(admin.text).to.include('No client can invite others to the portal any more.')
    admin.choose('Only the invited address')
    await admin.press('Save registration email')
    admin.choose('A link to choose a password')
    await admin.press('Save sign-in details')

    const { clientsCanInvite, registrationEmail, credentials } = await portalSettings(world.db)
    expect([clientsCanInvite, registrationEmail, credentials]).to.deep.equal([false, 'invited_only', 'link'])
    expect(await changes()).to.have.length(3)
    await admin.click('Enable and disable portals')
    expect(admin.h1).to.equal('Portals')
  })

  it('say what is wrong, keep what was typed, and log nothing for what stays as it was', async () => {
    await admin.open(PAGE)
    admin.fill('Name at the top of the portal', 'x'.repeat(81))
    await admin.press('Save portal name')
    expect(admin.status).to.equal(422)
    expect(admin.errors()).to.deep.equal(['Use at most 80 characters for the name'])
    expect(admin.$('#portalName').attr('value')).to.equal('x'.repeat(81))

    await admin.post(`${PAGE}/registration`, { registrationEmail: 'everybody' })
    expect(admin.errors()).to.deep.equal(['Choose who may register'])
    await admin.post(`${PAGE}/time-zone`, { timeZone: 'Europe/Nowhere' })
    expect(admin.errors()).to.deep.equal(['Choose a time zone from the list'])
    await admin.post(`${PAGE}/credentials`, { credentials: 'password' })

    expect(admin.status).to.equal(200)
    expect(await changes()).to.deep.equal([])
  })

  it('of two administrators at the same moment are both kept', async () => {
    const row = await world.db('staff_users').first<{ id: number }>('id')
    const staff = (await staffById(world.db, row.id)) as Staff
    const topics = [
      { clientsCanInvite: false },
      { registrationEmail: 'invited_only' },
      { portalName: 'Harbour Portal' },
      { timeZone: 'Asia/Tokyo' },
    ] as const

    await Promise.all(topics.map(topic => changePortalSettings(world.db, staff, topic, world.now())))

    expect(await portalSettings(world.db)).to.include(Object.assign({}, ...topics))
    expect(await changes()).to.have.length(4)
  })

  it('name the portal at once, for customers only', async () => {
    await admin.open(PAGE)
    admin.fill('Name at the top of the portal', 'Harbour & Finch Online')
    await admin.press('Save portal name')
    expect(admin.text).to.include('The portal is now called Harbour & Finch Online.')
    expect(admin.title).to.equal('Portal Settings – Portico')
    const customer = world.browser()
    await customer.open('/portal/forgot')
    expect(customer.title).to.match(/ – Harbour & Finch Online$/)
    await customer.open('/portal/sign-in')
    expect([customer.h1, customer.$('.brand').text().trim()]).to.deep.equal([
      'Sign in to Harbour & Finch Online',
      'Harbour & Finch Online',
    ])

    admin.fill('Name at the top of the portal', '')
    await admin.press('Save portal name')
    await customer.open('/portal/sign-in')

    expect(customer.title).to.equal('Sign in – Harbour & Finch client portal')
  })

  it('tell times in the zone chosen, in pages, in filters and in mail, without a restart', async () => {
    await admin.open(PAGE)
    admin.fill('Time zone of all dates', 'Pacific/Auckland')
    await admin.press('Save time zone')
    expect(admin.$('footer').text()).to.include('Times are in the time zone Pacific/Auckland.')

    const zoned = { timeZone: 'Pacific/Auckland', hour: 'numeric', minute: '2-digit', hourCycle: 'h12' } as const
    await admin.open('/staff/activity?action=portal-settings.changed')
    const { occurred_at: at } = await world
      .db('audit_events')
      .where({ action: 'portal-settings.changed' })
      .first<{ occurred_at: number }>('occurred_at')
    const time = new Date(at).toLocaleTimeString('en-GB', zoned).replace(/\s/g, '').toLowerCase()
    expect(admin.tableRows()[0]?.join(' ')).to.include(time)
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Auckland' }).format(at)
    await admin.open(`/staff/activity?action=portal-settings.changed&from=${today}&to=${today}`)
    expect(admin.tableRows()).to.have.length(1)

    await admin.open('/staff/emails')
    await admin.press('test email')
    const [email] = await world.db('emails').select<{ id: number }[]>('id')
    await admin.open(`/staff/emails/${String(email?.id)}`)
    expect(admin.text).to.include('(Pacific/Auckland). If you can read it')
  })
})

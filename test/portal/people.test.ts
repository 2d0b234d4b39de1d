import { expect } from 'chai'
import { changePortalSettings } from '../../src/core/settings/portal-settings.ts'
import { aSubscriber, subscribe } from '../support/contact-portals.ts'
import { aStaffActor, anInvitation, mailTaken } from '../support/invitations.ts'
import { aContact, aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The people of a portal', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('are shown to those who may invite: who can sign in, who is pending, whose invitation expired', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    const { id } = await anInvitation(world, acme, { name: 'Old Ola', email: 'ola@acme.example' })
    await mailTaken(world, id)
    world.later(8 * 86_400_000)
    await anInvitation(world, acme, { name: 'New Nia', email: 'nia@acme.example' })
    await signInToPortal(browser, 'sam.sole', OWN_PASSWORD)

    await browser.open(`/portal/portals/${slug}`)
    await browser.click('People')

    expect(browser.text).to.match(/Sam Sole.*Can sign in/)
    expect(browser.text).to.match(/New Nia nia@acme.example Pending/)
    expect(browser.text).to.match(/Old Ola ola@acme.example Expired/)
  })

  it('stay unknown in a shared portal, and to those who may not invite', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const orders = await aPortal(world, 'Orders')
    const { browser, slug, user } = await aSubscriber(world, { contactId: acme, canInviteOthers: false })
    await subscribe(world, user.id, orders.id)

    const statuses: number[] = []
    for (const path of [`${slug}/people`, `${slug}/people/new`, 'orders/people', 'orders/people/new']) {
      await browser.open(`/portal/portals/${path}`)
      statuses.push(browser.status)
    }

    expect(statuses).to.deep.equal([403, 403, 404, 404])
  })

  it('grow by an invitation with no more rights than the inviter has', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug, user } = await aSubscriber(world, { contactId: acme, canViewDocuments: false })
    await browser.open(`/portal/portals/${slug}/people`)
    await browser.click('Invite other people')
    expect(browser.text).not.to.include('View My Documents').and.not.to.include('Full')

    browser.fill('Name', 'Bea Lund')
    await browser.press('Invite')
    expect(browser.status).to.equal(422)
    browser.fill('Email address', 'bea@acme.example')
    browser.untick('Invite other people to the portal')
    await browser.press('Invite')

    expect(browser.text).to.include('The invitation to bea@acme.example is queued.')
    const columns = ['invited_by_portal_user_id', 'can_invite_others', 'can_view_details', 'can_view_documents']
    const [row] = await world.db('invitations').select<Record<string, unknown>[]>(columns)
    expect(Object.values(row ?? {}).map(Number)).to.deep.equal([user.id, 0, 1, 0])
    expect(await world.db('emails').where({ template: 'invitation' }).pluck('to_email')).to.deep.equal([
      'bea@acme.example',
    ])
  })

  it('cannot be given more by a form that was tampered with', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme, canViewDocuments: false })
    const form = { name: 'Bea Lund', email: 'bea@acme.example' }

    const statuses: number[] = []
    for (const more of [{ permissions: 'canViewDocuments' }, { level: 'full' }]) {
      await browser.open(`/portal/portals/${slug}/people/new`)
      await browser.post(`/portal/portals/${slug}/people`, { ...form, ...more })
      statuses.push(browser.status)
    }

    expect(statuses).to.deep.equal([422, 422])
    expect(await world.db('invitations').select('id')).to.deep.equal([])
  })

  it('cannot be added to while the office has switched inviting off', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    await changePortalSettings(world.db, await aStaffActor(world), { clientsCanInvite: false }, world.now())

    await browser.open(`/portal/portals/${slug}/people`)
    expect(browser.text).to.include('Inviting others is switched off at the moment').and.include('Sam Sole')
    await browser.open(`/portal/portals/${slug}/people/new`)

    expect(browser.status).to.equal(403)
  })

  it('who were invited by oneself can be invited again after five minutes, or not any more; others’ not', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    const { id: others } = await anInvitation(world, acme, { name: 'New Nia', email: 'nia@acme.example' })
    await browser.open(`/portal/portals/${slug}/people/new`)
    browser.fill('Name', 'Bea Lund')
    browser.fill('Email address', 'bea@acme.example')
    await browser.press('Invite')

    await browser.press('Send again')
    expect(browser.text).to.include('A new invitation to bea@acme.example is queued.')
    await browser.press('Send again')
    expect(browser.text).to.include('Wait five minutes')
    await browser.press('Cancel invitation')
    expect(browser.text).to.include('The invitation to bea@acme.example was cancelled.')
    await browser.post(`/portal/portals/${slug}/people/invitations/${String(others)}/cancelling`, {})

    expect(browser.status).to.equal(404)
    expect(await world.db('invitations').orderBy('id').pluck('status')).to.deep.equal([
      'open',
      'superseded',
      'cancelled',
    ])
  })

  it('are not written to again and again by cancelling and inviting', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    const said: string[] = []
    for (let round = 0; round < 3; round += 1) {
      await browser.open(`/portal/portals/${slug}/people/new`)
      browser.fill('Name', 'Bea Lund')
      browser.fill('Email address', 'bea@acme.example')
      await browser.press('Invite')
      said.push(browser.$('.error-summary li').text().trim())
      if (round < 2) await browser.press('Cancel invitation')
    }

    expect(said).to.deep.equal([
      '',
      '',
      'An invitation was sent to this person a short while ago. Wait five minutes, and send it again at most five times a day',
    ])
    expect(await world.db('invitations')).to.have.length(2)
  })

  it('may be invited twenty a day, of which those who were not do not count', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    const invite = async (email: string): Promise<string> => {
      await browser.post(`/portal/portals/${slug}/people`, { name: 'Somebody', email })
      return browser.$('.error-summary li').text().trim()
    }
    await browser.open(`/portal/portals/${slug}/people/new`)
    expect(await invite('sam.sole@customer.example')).to.include('can open the portal already')
    await world.db('rate_limits').where('key', 'like', 'portal-invites:%').update({ points: 19 })

    expect(await invite('sam.sole@customer.example')).to.include('can open the portal already')
    expect(await invite('bea@acme.example')).to.equal('')
    await browser.open(`/portal/portals/${slug}/people/new`)
    expect(await invite('cem@acme.example')).to.include('You have invited 20 people within a day')
    expect(await world.db('invitations')).to.have.length(1)
  })

  it('are invited once, and those who have the portal not at all', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    await anInvitation(world, acme, { name: 'New Nia', email: 'nia@acme.example' })
    const cal = await aPortalUser(world, { name: 'Cal Closed' })
    await world.db('portal_users').where({ id: cal.id }).update({ status: 'disabled' })

    const said: string[] = []
    for (const email of ['NIA@acme.example', 'sam.sole@customer.example', cal.email ?? '']) {
      await browser.open(`/portal/portals/${slug}/people/new`)
      browser.fill('Name', 'Somebody')
      browser.fill('Email address', email)
      await browser.press('Invite')
      said.push(browser.$('.error-summary li').text().trim())
    }

    expect(said[0]).to.include('has been invited already')
    expect(said[1]).to.include('cannot be invited')
    expect(said[2]).to.equal(said[1])
  })
})

import { expect } from 'chai'
import { changePortalSettings } from '../../src/core/settings/portal-settings.ts'
import { register } from '../../src/core/invitations/accept.ts'
import type { Browser } from '../support/browser.ts'
import { aContactPortal } from '../support/contact-portals.ts'
import { aDocument, aFolder } from '../support/documents.ts'
import { newestMail } from '../support/inbox.ts'
import { aStaffActor, anInvitation, mailTaken } from '../support/invitations.ts'
import { aContact, aPortalUser } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const DAY = 86_400_000

describe('Inviting somebody to the portal of a contact', () => {
  let world: World
  let staff: Browser
  let ada: number
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    ada = await aContact(world, 'Ada Okafor', { email: 'ada@acme.example' })
  })
  afterEach(() => world.end())

  const contactPage = (id = ada): Promise<void> => staff.open(`/staff/contacts/${String(id)}`)

  async function invite(name: string, email: string): Promise<void> {
    staff.fill('Name', name)
    staff.fill('Email address', email)
    await staff.press('Invite')
  }

  it('takes name and address from the contact, opens the portal, and lists the subscriber as pending', async () => {
    await contactPage()
    await staff.click('Invite to Portal')
    expect(staff.$('#name').val()).to.equal('Ada Okafor')
    expect(staff.$('#email').val()).to.equal('ada@acme.example')
    expect(staff.$('input[name=permission]:checked')).to.have.length(3)

    await staff.press('Invite')

    expect(staff.text).to.include('The invitation to ada@acme.example waits in the outbox: no mail server is set up.')
    expect(staff.$('h2').text()).to.include('Client Portal Subscribers')
    const [row = []] = staff.tableRows('0 subscribers, 1 invitation not accepted yet')
    expect(row[0]).to.include('Ada Okafor').and.to.include('ada@acme.example')
    expect(row[1]).to.include('Pending').and.to.include('Not sent: no mail server is set up')
    expect(row[2]).to.include('Standard: Invite other people to the portal, View My Details, View My Documents')
    expect(staff.$('td .tag.bad').text()).to.equal('Pending')
    expect(staff.$('a.btn.go').text()).to.equal('Invite more to portal')
  })

  it('keeps what is typed for the invitation, and leaves the contact as it is', async () => {
    await contactPage()
    await staff.click('Invite to Portal')
    staff.untick('Invite other people to the portal')
    staff.untick('View My Documents')
    staff.fill('Personal message (optional)', 'See you there.\nRosa')
    staff.fill('Access level', 'Read only')
    await invite('Ben Baker', 'ben@acme.example')

    expect(staff.tableRows('1 invitation')[0]?.[2]).to.equal('Read only: View My Details')
    expect(await world.db('contacts').where({ id: ada }).first('name', 'email')).to.deep.equal({
      name: 'Ada Okafor',
      email: 'ada@acme.example',
    })
    const stored = await world.db('invitations').first<{ message: string }>('message')
    expect(stored.message).to.equal('See you there.\nRosa')
  })

  it('has empty fields for everybody after the first, and says when no address is known', async () => {
    const cal = await aContact(world, 'Cal Contact', { contactType: 'supplier' })
    await contactPage(cal)
    await staff.click('Invite to Portal')
    expect(staff.text).to.include('No email address is recorded for this contact')
    await invite('Cal Contact', 'cal@supplier.example')

    await staff.click('Invite more to portal')

    expect(staff.$('#name').val()).to.equal('')
    expect(staff.$('#email').val()).to.equal('')
    expect(staff.text).not.to.include('No email address is recorded')
  })

  it('shows the form again with what to change', async () => {
    await contactPage()
    await staff.click('Invite to Portal')
    staff.fill('Personal message (optional)', 'x'.repeat(501))
    await invite('', 'ada at acme')

    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal([
      'Enter the name of the person to invite',
      'Enter an email address like name@example.com',
      'Make the message 1 character shorter',
    ])
    expect(await world.db('portals')).to.have.length(0)
  })

  it('denies folders and documents from the start, and keeps what was typed meanwhile', async () => {
    const { id: portalId } = await aContactPortal(world, ada)
    const letters = await aFolder(world, portalId, 'Letters')
    const { id: invoice } = await aDocument(world, portalId, 'Invoice.pdf')
    await contactPage()
    await staff.click('Invite more to portal')
    staff.fill('Name', 'Ben Baker')
    staff.fill('Email address', 'ben@acme.example')
    staff.fill('Personal message (optional)', 'One\nTwo')
    staff.untick('View My Details')
    await staff.press('Set Folder Permissions')
    staff.tick('Folder Letters')
    staff.tick('Invoice.pdf')
    await staff.press('Deny Access')

    expect(staff.text).to.include('Access to 2 items is denied.')
    expect(staff.$('#message').text()).to.equal('One\nTwo')
    await staff.press('Invite')

    const { id } = await world.db('invitations').first<{ id: number }>('id')
    const denied = await world.db('access_denials').orderBy('id').select('invitation_id', 'folder_id', 'document_id')
    expect(denied).to.deep.equal([
      { invitation_id: id, folder_id: letters, document_id: null },
      { invitation_id: id, folder_id: null, document_id: invoice },
    ])
    expect(staff.tableRows('1 invitation')[0]?.[2]).not.to.include('View My Details')
  })

  it('has nothing to deny while there are no folders, and says when something denied is gone', async () => {
    await contactPage()
    await staff.click('Invite to Portal')
    await staff.press('Set Folder Permissions')
    expect(staff.text).to.include('There are no folders and documents in this portal yet')
    await staff.press('Back to the invitation')
    expect(staff.$('#name').val()).to.equal('Ada Okafor')

    const { id: portalId } = await aContactPortal(world, ada)
    const letters = await aFolder(world, portalId, 'Letters')
    await staff.press('Set Folder Permissions')
    staff.tick('Folder Letters')
    await staff.press('Deny Access')
    await world.db('folders').where({ id: letters }).delete()
    await staff.press('Invite')

    expect(staff.status).to.equal(422)
    expect(staff.errors()[0]).to.include('Something you denied is not in the portal any more')
    expect(await world.db('invitations')).to.deep.equal([])
  })

  it('shows one level at a time of a portal that has too much for one page', async () => {
    const { id: portalId } = await aContactPortal(world, ada)
    const letters = await aFolder(world, portalId, 'Letters')
    for (let n = 0; n < 201; n += 1) await aFolder(world, portalId, `Letter ${String(n)}`, letters)
    await contactPage()
    await staff.click('Invite more to portal')
    await staff.press('Set Folder Permissions')
    await staff.press('Open Letters')
    staff.tick('Folder Letter 7')
    await staff.press('All folders of the portal')
    staff.tick('Folder Letters')
    await staff.press('Deny Access')

    expect(staff.text).to.include('Access to 2 items is denied.')
  })

  it('refuses to deny more than fits, rather than a part of it', async () => {
    await contactPage()
    await staff.click('Invite to Portal')
    const denied = Array.from({ length: 4_000 }, (_, n) => `d${String(1000 + n)}`).join('.')
    const form = { name: 'Ada Okafor', email: 'ada@acme.example', denied }

    await staff.post(`/staff/contacts/${String(ada)}/invitations`, form)

    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal([
      'Deny at most 2,000 items here: deny whole folders instead of what is in them',
    ])
    expect(staff.$('input[name=denied]').val()).to.equal(denied)
    expect(await world.db('invitations')).to.deep.equal([])
  })

  it('does not offer inviting others while clients cannot invite', async () => {
    await changePortalSettings(world.db, await aStaffActor(world), { clientsCanInvite: false }, world.now())

    await contactPage()
    await staff.click('Invite to Portal')
    expect(staff.text).to.include('“Invite other people to the portal” is unavailable')
    await staff.press('Invite')

    expect(staff.tableRows('1 invitation')[0]?.[2]).to.equal('Standard: View My Details, View My Documents')
  })

  it('takes a double press for one', async () => {
    await contactPage()
    await staff.click('Invite to Portal')
    await staff.press('Invite')
    staff.back()
    await staff.press('Invite')

    expect(staff.text).to.include('The invitation to ada@acme.example waits in the outbox')
    expect(await world.db('invitations')).to.have.length(1)
    expect(await world.db('emails')).to.have.length(1)
    staff.back()
    staff.fill('Access level', 'Read only')
    await staff.press('Invite')
    expect(staff.errors()[0]).to.include('is invited to this portal already')
  })

  it('does not take for a second press what denies more, or allows less', async () => {
    const { id: portalId } = await aContactPortal(world, ada)
    await aFolder(world, portalId, 'Letters')
    await contactPage()
    await staff.click('Invite more to portal')
    await invite('Ben Baker', 'ben@acme.example')
    staff.back()
    staff.untick('Invite other people to the portal')
    await invite('Ben Baker', 'ben@acme.example')
    expect(staff.errors()[0]).to.include('is invited to this portal already')

    staff.tick('Invite other people to the portal')
    await staff.press('Set Folder Permissions')
    staff.tick('Folder Letters')
    await staff.press('Deny Access')
    await staff.press('Invite')

    expect(staff.errors()[0]).to.include('is invited to this portal already')
    expect(await world.db('access_denials')).to.deep.equal([])
  })

  it('offers to resend to somebody who is invited already', async () => {
    await anInvitation(world, ada, { email: 'ada@acme.example' })
    await contactPage()
    await staff.click('Invite more to portal')
    await invite('Ada Okafor', 'ADA@acme.example')
    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal([
      'ADA@acme.example is invited to this portal already. Resend that invitation if it did not arrive',
    ])

    await staff.press('Resend the invitation to ada@acme.example')

    expect(staff.text).to.include('The old link does not work any more.')
    expect(await world.db('invitations').orderBy('id').pluck<string[]>('status')).to.deep.equal(['superseded', 'open'])
  })

  it('leads to the portal user who has the portal, or is disabled', async () => {
    const ben = await aPortalUser(world, { name: 'Ben Baker', email: 'ben@acme.example' })
    await world.db('portal_users').where({ id: ben.id }).update({ status: 'disabled' })
    await contactPage()
    await staff.click('Invite to Portal')
    await invite('Ben Baker', 'ben@acme.example')
    expect(staff.errors()[0]).to.include('is disabled. Enable them first, then invite them')
    await staff.click('Enable Ben Baker')
    await staff.press('Enable')

    await contactPage()
    await staff.click('Invite to Portal')
    await invite('Ben Baker', 'ben@acme.example')
    expect(staff.h1).to.equal('Ada Okafor')
  })

  it('is not offered for archived contacts, nor to viewers', async () => {
    const viewer = await world.signedInStaff('viewer')
    await viewer.open(`/staff/contacts/${String(ada)}`)
    expect(viewer.html).not.to.include('Invite to Portal')

    await contactPage()
    await staff.press('Archive')
    expect(staff.html).not.to.include('Invite to Portal')
    await staff.open(`/staff/contacts/${String(ada)}/invitations/new`)

    expect(staff.status).to.equal(409)
    expect(staff.h1).to.equal('This contact is archived')
  })
})

describe('The subscribers of a portal', () => {
  let world: World
  let staff: Browser
  let ada: number
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    ada = await aContact(world, 'Ada Okafor', { email: 'ada@acme.example' })
  })
  afterEach(() => world.end())

  const contactPage = (): Promise<void> => staff.open(`/staff/contacts/${String(ada)}`)

  /** Ada, who was invited at work, registers with this address. */
  async function registered(email: string): Promise<void> {
    const { token } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    const given = { token, name: 'Ada Okafor', email, password: 'velvet anchor tuesday', code: '', ip: null }
    const first = await register(world.db, world.deps, given, world.now())
    if (first.ok) return
    const code = /\b\d{8}\b/.exec(await newestMail(world))?.[0] ?? ''
    const second = await register(world.db, world.deps, { ...given, code }, world.now())
    expect(second.ok).to.equal(true)
  }

  it('say pending until somebody registers, then who registered with which address', async () => {
    await registered('ada@home.example')

    await contactPage()

    const [row = []] = staff.tableRows('1 subscriber')
    expect(row[0]).to.include('ada@home.example').and.to.include('Invited as ada@acme.example')
    expect(row[1]).to.include('Has access')
    expect(row[3]).to.equal('Never')
    expect(staff.text).not.to.include('Pending')
  })

  it('say when the mail was sent and when it expires, and that it has expired', async () => {
    const { id } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    await mailTaken(world, id)
    await contactPage()
    expect(staff.tableRows('1 invitation')[0]?.[1]).to.match(/^Pending.*Sent .*, expires /)

    world.later(7 * DAY + 1)
    staff = await world.signedInStaff()
    await contactPage()

    expect(staff.tableRows('1 invitation')[0]?.[1]).to.match(/^Expired.*, expired /)
    await staff.press('Resend')
    expect(staff.tableRows('1 invitation')[0]?.[1]).to.match(/^Pending/)
  })

  it('say that a mail failed and why, and lead an administrator to it', async () => {
    const { id } = await anInvitation(world, ada, { email: 'ada@acme.example' })
    await world
      .db('emails')
      .where({ invitation_id: id })
      .update({ status: 'failed', smtp_response: '550 no such user' })
    staff = await world.signedInStaff('admin')

    await contactPage()

    expect(staff.text).to.include('The email could not be sent: 550 no such user')
    await staff.click('See the email to ada@acme.example')
    expect(staff.text).to.include('Failed: 550 no such user')
  })

  it('can be resent and cancelled, twice without harm', async () => {
    await anInvitation(world, ada, { email: 'ada@acme.example' })
    await contactPage()
    expect(staff.text).to.include('the old link stops working')
    await staff.press('Resend')
    staff.back()
    await staff.press('Resend')
    expect(staff.text).to.include('was sent again already')

    await staff.press('Cancel')
    expect(staff.text).to.include('The invitation to ada@acme.example is cancelled. Its link does not work any more.')
    staff.back()
    await staff.press('Cancel')

    expect(staff.text).to.include('is cancelled')
    expect(await world.db('emails').where({ status: 'queued' })).to.deep.equal([])
  })

  it('can be resent once in five minutes, and five times a day', async () => {
    await anInvitation(world, ada, { email: 'ada@acme.example' })
    for (let press = 0; press < 12; press += 1) {
      await contactPage()
      await staff.press('Resend')
    }
    expect(staff.text).to.include('Nothing was sent: an invitation was written to this address a short while ago.')
    expect(await world.db('invitations')).to.have.length(2)

    for (let press = 0; press < 6; press += 1) {
      world.later(300_000)
      await contactPage()
      await staff.press('Resend')
    }
    expect(await world.db('invitations')).to.have.length(6)
  })

  it('have permissions that can be changed before and after they register', async () => {
    await anInvitation(world, ada, { email: 'ben@acme.example', name: 'Ben Baker' })
    await contactPage()
    await staff.click('Change permissions of the invitation to Ben Baker, ben@acme.example')
    staff.untick('View My Documents')
    await staff.press('Save')
    expect(staff.tableRows('1 invitation')[0]?.[2]).not.to.include('View My Documents')
    staff.back()
    await staff.press('Save')
    expect(staff.status).to.equal(422)

    await registered('ada@acme.example')
    await contactPage()
    await staff.click('Change permissions of Ada Okafor, ada@acme.example')
    staff.untick('View My Details')
    staff.fill('Access level', 'Full')
    await staff.press('Save')

    expect(staff.text).to.include('What Ada Okafor may do was saved.')
    expect(staff.tableRows('1 subscriber')[1]?.[2]).to.equal(
      'Full: Invite other people to the portal, View My Documents',
    )
  })

  it('lose the portal after a warning; the invitations they wrote to it are cancelled, the login stays', async () => {
    await registered('ada@acme.example')
    const user = await world.db('portal_users').first<{ id: number }>('id')
    const { id } = await anInvitation(world, ada, { email: 'ben@acme.example' })
    await world
      .db('invitations')
      .where({ id })
      .update({ invited_by_staff_id: null, invited_by_portal_user_id: user.id })
    await contactPage()

    await staff.click('Remove Ada Okafor, ada@acme.example')
    expect(staff.h1).to.equal('Remove Ada Okafor from the portal of Ada Okafor?')
    await staff.press('Remove Ada Okafor')

    expect(staff.text).to.include('Ada Okafor no longer has access to this portal.')
    expect(await world.db('portal_access').whereNull('revoked_at')).to.deep.equal([])
    expect(await world.db('invitations').where({ status: 'open' })).to.deep.equal([])
    expect(await world.db('portal_users').whereNull('deleted_at')).to.have.length(1)
    staff.back()
    await staff.press('Remove Ada Okafor')
    expect(staff.text).to.include('They had no access any more.')
  })
})

import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import {
  aCompany,
  aContact,
  aPortal,
  aPortalUser,
  portalsOf,
  signInToPortal,
  TEMPORARY_PASSWORD,
} from '../support/people.ts'
import { aSubscriber } from '../support/contact-portals.ts'
import { aWorkbook } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const HEADINGS = ['Access Level', 'Name', 'Email', 'Roles', 'Company', 'Portals', 'ID', 'Check']
const NEEDED = ['Required', 'Required', 'Required', 'Optional', 'Optional', 'Optional', 'Optional', 'Optional']

describe('Editing a portal user', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  const open = (id: number): Promise<void> => staff.open(`/staff/portal-users/${String(id)}`)

  async function signedIn(who: { username: string; password: string }): Promise<Browser> {
    const browser = world.browser()
    await signInToPortal(browser, who.username, who.password)
    return browser
  }

  it('names the portals of contacts that this person may open, with the way to what they may do there', async () => {
    const acme = await aContact(world, 'Acme Ltd')
    const { user } = await aSubscriber(world, { contactId: acme })

    await open(user.id)
    await staff.click('Change permissions for Acme Ltd')

    expect(staff.status).to.equal(200)
    expect(staff.text).to.include('View My Documents')
  })

  it('is for those who may change things, and nobody is there who was never added', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    const viewer = await world.signedInStaff('viewer')

    await viewer.open(`/staff/portal-users/${String(ada.id)}`)
    await open(ada.id + 1)

    expect([viewer.status, staff.status]).to.deep.equal([403, 404])
  })

  it('changes name, company, username, portals and their levels', async () => {
    await aCompany(world, 'Acme')
    const orders = await aPortal(world, 'Orders')
    await aPortal(world, 'Documents')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    await staff.open('/staff/portal-users')
    await staff.click('ada.okafor@customer.example')

    staff.fill('Company', 'Acme')
    staff.fill('Name', 'Ada Obi')
    staff.fill('Username (optional)', 'ada')
    staff.fill('Access level', 'No access', 'Orders')
    staff.fill('Access level', 'Read only', 'Documents')
    await staff.press('Save')

    expect(staff.text).to.include('The changes to Ada Obi were saved.')
    expect(await portalsOf(world, ada.contactId)).to.deep.equal(['Documents'])
    const access = await world.db('portal_access').whereNull('revoked_at').first<{ access_level: string }>()
    expect(access.access_level).to.equal('read_only')
    await signedIn({ username: 'ada', password: ada.password })
    await staff.open('/staff/portal-users')
    expect(staff.tableRows()[0]?.slice(1, 3)).to.deep.equal(['Acme', 'ada.okafor@customer.example'])
  })

  it('refuses what somebody else signs in with, and a page that is out of date', async () => {
    await aPortalUser(world, { name: 'Bea Nogueira', email: 'bea@acme.example' })
    const ada = await aPortalUser(world, { name: 'Ada Okafor', own: false })
    await open(ada.id)
    staff.fill('Company email', 'bea@acme.example')
    await staff.press('Save')
    expect(staff.errors()[0]).to.include('This email address is already used by Bea Nogueira.')
    staff.fill('Company email', 'ada.okafor@customer.example')
    await world.db('portal_users').where({ id: ada.id }).update({ version: 2, name: 'Ada Obi' })

    await staff.press('Save')

    expect(staff.status).to.equal(422)
    expect(staff.errors()[0]).to.include('Somebody changed this portal user while you were editing it.')
  })

  it('saves once when Save is pressed twice, and says so both times, but not over what somebody else saved', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    await open(ada.id)
    staff.fill('Name', 'Ada Obi')
    staff.fill('Company email', 'ada@new.example')
    staff.fill('Access level', 'Read only', 'Orders')
    await staff.press('Save')
    staff.back()
    await staff.press('Save')

    expect(staff.text).to.include('The changes were saved. The new email address is used once it is confirmed.')
    expect(await world.db('emails').where({ template: 'email-confirmation' })).to.have.length(1)
    expect(await world.db('audit_events').where({ action: 'portal-user.changed' })).to.have.length(1)
    await open(ada.id)
    staff.fill('Name', 'Ada Ek')
    await staff.press('Save')
    staff.back()
    await staff.press('Save')
    expect(staff.text).to.include('The changes to Ada Ek were saved.')
    await world.db('portal_access').update({ access_level: 'full' })
    staff.back()
    await staff.press('Save')
    expect(staff.errors()[0]).to.include('Somebody changed this portal user while you were editing it.')
    expect(await world.db('portal_access').pluck('access_level')).to.deep.equal(['full'])
  })

  it('corrects the email of somebody who has not, and what went to the old one stops working', async () => {
    const who = { name: 'Ada Okafor', username: 'ada@old.example', email: 'ada@old.example', own: false }
    const ada = await aPortalUser(world, who)
    await open(ada.id)
    staff.fill('Company email', 'ada@new.example')

    await staff.press('Save')

    expect(staff.text).to.include('resend the invitation to ada@new.example')
    const row = await world.db('portal_users').where({ id: ada.id }).first<{ username: string }>('username')
    expect(row.username).to.equal('ada@new.example')
    const browser = await signedIn({ username: 'ada@new.example', password: TEMPORARY_PASSWORD })
    expect(browser.errors().length).to.equal(1)
  })

  it('resends the invitation with a new password, and says so first', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    const browser = await signedIn(ada)
    await open(ada.id)
    await staff.click('Resend the email invitation')
    expect(staff.text).to.include(
      'Portico makes a new temporary password and emails it to ada.okafor@customer.example.',
    )
    expect(staff.text).to.include('They have chosen a password of their own')

    await staff.press('Make a new password and resend')

    expect(staff.text).to.include('A new temporary password was made. The invitation to ada.okafor@customer.example')
    expect(staff.text).to.include('Waiting to be sent, to ada.okafor@customer.example')
    await browser.open('/portal/home')
    expect(browser.h1).to.match(/^Sign in/)
    expect((await signedIn(ada)).errors().length).to.equal(1)
  })

  it('gives up the mail that was waiting when it is resent, and does it once however often it is pressed', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders], own: false })
    await staff.open(`/staff/portal-users/${String(ada.id)}/resend`)
    await staff.press('Make a new password and resend')
    staff.back()
    await staff.press('Make a new password and resend')
    expect(staff.text).to.include('The invitation was resent already')

    await staff.click('Resend the email invitation')
    await staff.press('Make a new password and resend')

    const mails = await world.db('emails').orderBy('id').select<{ status: string; body: string | null }[]>()
    expect(mails.map(mail => mail.status)).to.deep.equal(['cancelled', 'queued'])
    expect(mails[0]?.body).to.equal(null)
  })

  it('has nowhere to resend to without an email, and does not for somebody disabled', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor', email: null })
    const bea = await aPortalUser(world, { name: 'Bea Nogueira' })
    await open(bea.id)
    await staff.press('Disable')

    await staff.click('Resend the email invitation')
    expect(staff.text).to.include('This portal user is disabled.')
    await staff.open(`/staff/portal-users/${String(ada.id)}/resend`)

    expect(staff.text).to.include('This portal user has no email address.')
  })

  it('says that somebody enabled again was never sent their temporary password', async () => {
    await aCompany(world, 'Acme')
    await staff.open('/staff/portal-users/new')
    staff.fill('Company', 'Acme')
    staff.fill('Company email', 'jane@acme.example')
    staff.fill('Enter Password', TEMPORARY_PASSWORD)
    await staff.press('Save')
    await staff.click('jane@acme.example')

    await staff.press('Disable')
    await staff.press('Enable')

    expect(staff.text).to.include('is enabled, but the invitation was given up before it was sent: resend it.')
  })

  it('says of people from a sheet that they have no password yet, however long nobody sends them one', async () => {
    await staff.open('/staff/portal-users/import')
    staff.attach('Choose File', 'users.xlsx', await aWorkbook([HEADINGS, NEEDED, ['Full', 'Ada', 'ada@x.example']]))
    await staff.press('Request Import')
    await staff.press('OK')
    world.later(8 * 86_400_000)
    staff = await world.signedInStaff()
    await staff.open('/staff/portal-users')
    expect(staff.tableRows()[0]?.slice(2, 4)).to.deep.equal(['ada@x.example', 'No password yet'])

    await staff.click('ada@x.example')

    expect(staff.text).to.include('No password yet').and.not.to.include('works until')
    await staff.press('Disable')
    await staff.press('Enable')
    expect(staff.text).to.include('is enabled, but has no password and no link to choose one: resend the invitation.')
  })

  it('disables somebody at once, wherever they are signed in, and enables them again', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    const browser = await signedIn(ada)
    await open(ada.id)

    await staff.press('Disable')
    expect(staff.text).to.include('Ada Okafor is disabled: signed out everywhere')
    await browser.open('/portal/home')
    expect(browser.h1).to.match(/^Sign in/)
    expect(await world.db('sessions').where({ realm: 'portal', principal_id: ada.id })).to.deep.equal([])
    await staff.press('Enable')

    expect(staff.text).to.include('Ada Okafor is enabled and can sign in again.')
    expect((await signedIn(ada)).h1).to.equal('Welcome, Ada')
  })
})

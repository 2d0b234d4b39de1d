import { expect } from 'chai'
import { followContact } from '../../src/core/portal-users/follow-contact.ts'
import type { Browser } from '../support/browser.ts'
import { confirmingLink, mailTo } from '../support/inbox.ts'
import { aPortalUser, signInToPortal, type SomePortalUser } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const OLD = 'ada@old.example'
const NEW = 'ada@new.example'
const MINUTE = 60_000

describe('A new sign-in email for somebody who has signed in', () => {
  let world: World
  let staff: Browser
  let ada: SomePortalUser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    ada = await aPortalUser(world, { name: 'Ada Okafor', username: OLD, email: OLD })
  })
  afterEach(() => world.end())

  async function ask(email: string, id = ada.id): Promise<void> {
    await staff.open(`/staff/portal-users/${String(id)}`)
    staff.fill('Company email', email)
    await staff.press('Save')
  }

  const namesOf = (id: number): Promise<{ username: string; email: string }> =>
    world.db('portal_users').where({ id }).first<{ username: string; email: string }>('username', 'email')

  async function confirm(link: string, password: string): Promise<Browser> {
    const browser = world.browser()
    await browser.open(link)
    browser.fill('Password now', password)
    await browser.press('Confirm')
    return browser
  }

  it('waits until the person confirms it, and both addresses are told', async () => {
    await ask(NEW)

    expect(staff.text).to.include('The new email address is used once it is confirmed.')
    expect(staff.text).to.include(`Waiting for ${NEW} to be confirmed, until`)
    expect(await namesOf(ada.id)).to.deep.equal({ username: OLD, email: OLD })
    expect(await mailTo(world, OLD, 'email-change-asked')).to.include(`with ${NEW} instead of this address`)
    expect(await confirmingLink(world, NEW)).to.match(/\/portal\/confirm-email\/\S{43}$/)
  })

  it('is confirmed with the password, and then the username follows, sessions end, and the old address is told', async () => {
    const open = world.browser()
    await signInToPortal(open, OLD, ada.password)
    await ask(NEW)

    const browser = await confirm(await confirmingLink(world, NEW), ada.password)

    expect(browser.text).to.include('Your new email address is confirmed.')
    expect(await namesOf(ada.id)).to.deep.equal({ username: NEW, email: NEW })
    await open.open('/portal/home')
    expect(open.h1).to.match(/^Sign in/)
    expect(await mailTo(world, OLD, 'email-changed')).to.include(`with ${NEW}, and messages go there.`)
    await signInToPortal(browser, NEW, ada.password)
    expect(browser.h1).to.equal('Welcome, Ada')
    await signInToPortal(open, OLD, ada.password)
    expect(open.errors()).to.have.length(1)
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    expect(staff.text).not.to.include('Waiting for')
  })

  it('saves what else was changed at once, with a username that is not the address', async () => {
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    staff.fill('Company email', NEW)
    staff.fill('Name', 'Ada Obi')
    staff.fill('Username (optional)', 'ada')
    await staff.press('Save')
    expect(await namesOf(ada.id)).to.deep.equal({ username: 'ada', email: OLD })

    await confirm(await confirmingLink(world, NEW), ada.password)

    expect(await namesOf(ada.id)).to.deep.equal({ username: 'ada', email: NEW })
    const row = await world.db('portal_users').where({ id: ada.id }).first<{ name: string }>('name')
    expect(row.name).to.equal('Ada Obi')
  })

  it('is sent again or given up from the page, once however often it is pressed', async () => {
    await ask(NEW)
    const first = await confirmingLink(world, NEW)

    await staff.press('Send the link again')
    expect(staff.text).to.include('A new link was made, and the one before stopped working.')
    const second = await confirmingLink(world, NEW)
    staff.back()
    await staff.press('Send the link again')
    expect(staff.text).to.include('that change of the email address does not wait any more')
    expect(await looking(world, first)).to.deep.equal([410, 'A newer link was sent'])
    expect(await looking(world, second)).to.deep.equal([200, 'Confirm your new email address'])
    await staff.press('Give up this change')

    expect(staff.text).to.include(`The change to ${NEW} was given up, and its link stopped working.`)
    expect(await looking(world, second)).to.deep.equal([410, 'This change was given up'])
  })

  it('says when it was not confirmed in time, and a second address takes the place of the first', async () => {
    await ask('ada@first.example')
    const first = await confirmingLink(world, 'ada@first.example')
    world.later(30 * MINUTE)
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    expect(staff.text).to.include('ada@first.example was not confirmed in time')

    await ask(NEW)

    expect(staff.text).to.include(`Waiting for ${NEW} to be confirmed`)
    expect(await looking(world, first)).to.deep.equal([410, 'A newer link was sent'])
    expect(await world.db('email_changes').where({ outcome: null })).to.have.length(1)
  })

  it('is given up when the person is disabled or deleted, and nobody disabled can be asked', async () => {
    await ask(NEW)
    const link = await confirmingLink(world, NEW)
    await staff.press('Disable')
    expect(await looking(world, link)).to.deep.equal([410, 'This change was given up'])

    await ask(NEW)

    expect(staff.errors()[0]).to.include('A disabled portal user cannot confirm a new email address.')
    await staff.open(`/staff/portal-users/${String(ada.id)}`)
    await staff.press('Enable')
    await ask(NEW)
    const last = await confirmingLink(world, NEW)
    await staff.click('Delete')
    await staff.press('YES, delete 1 portal user')
    expect(await looking(world, last)).to.deep.equal([410, 'This change was given up'])
    const waiting = await world.db('emails').where({ template: 'email-confirmation' }).whereNot({ status: 'cancelled' })
    expect(waiting).to.deep.equal([])
  })

  it('does not come from their contact by itself, even while they have a temporary password again', async () => {
    await world.db('portal_users').where({ id: ada.id }).update({ must_change_password: true, first_login_at: 1 })
    const contact = { id: ada.contactId, name: 'Ada Obi', email: NEW }

    await world.db.transaction(trx => followContact(trx, contact, world.now()))

    expect(await namesOf(ada.id)).to.deep.equal({ username: OLD, email: OLD })
  })

  it('is offered on the page of a contact whose own email is another one', async () => {
    await world.db('contacts').where({ id: ada.contactId }).update({ email: NEW, email_normalized: NEW })
    await staff.open(`/staff/contacts/${String(ada.contactId)}`)

    await staff.click('Change the sign-in email')

    expect(staff.path).to.equal(`/staff/portal-users/${String(ada.id)}`)
  })

  it('is refused for an address somebody has, and says so when somebody took it meanwhile', async () => {
    const bea = await aPortalUser(world, { name: 'Bea Nogueira', email: 'bea@acme.example' })
    await ask('bea@acme.example')
    expect(staff.errors()[0]).to.include('This email address is already used by Bea Nogueira.')
    await ask(NEW)
    const link = await confirmingLink(world, NEW)
    await ask(NEW, bea.id)
    const other = await confirmingLink(world, NEW)

    const [first, second] = await Promise.all([confirm(link, ada.password), confirm(other, bea.password)])

    const headings = [first?.h1 ?? '', second?.h1 ?? ''].toSorted()
    expect(headings[1]).to.equal('This email address is used by another login')
    expect(headings[0]).to.match(/^Sign in/)
  })
})

async function looking(world: World, link: string): Promise<[number, string]> {
  const browser = world.browser()
  await browser.open(link)
  return [browser.status, browser.h1]
}

import { expect } from 'chai'
import { writeInvitations, type NewInvitation } from '../../src/core/invitations/write.ts'
import type { Browser } from '../support/browser.ts'
import { aCompany, aPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const PAGE = '/staff/portal-settings/mails/sign-in-details'
const OPENING = 'Opening (optional)'
const CLOSING = 'Closing and signature (optional)'

describe('The words of the office in a mail', () => {
  let world: World
  let admin: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
    await admin.open(PAGE)
  })
  afterEach(() => world.end())

  const opening = (): string => admin.$('#opening').text()

  it('are previewed with nothing saved and nothing secret, then saved and sent', async () => {
    admin.fill(OPENING, 'Dear {name},\nwelcome to {portal}.\n\nSee <our> terms.')
    admin.fill(CLOSING, 'The team of {office}')
    await admin.press('Preview')
    expect(admin.text)
      .to.include('Nothing is saved yet.')
      .and.include('Hello Ada Okafor, Dear Ada Okafor, welcome to Harbour & Finch client portal. See <our> terms.')
      .and.include('Temporary password: ••••')
    expect(admin.text).to.match(/The team of Harbour & Finch$/)
    await admin.press('Save')
    expect(admin.text).to.include('These words are in every such mail from now on.')
    expect(admin.text).to.include('This is how the mail is sent now')

    await aPortalUserByHand()

    const [email] = await world.db('emails').select<{ id: number }[]>('id')
    await admin.open(`/staff/emails/${String(email?.id)}`)
    expect(admin.text)
      .to.include('Hello Bea Fox, Dear Bea Fox, welcome to Orders. See <our> terms. Harbour & Finch has given')
      .and.include('The team of Harbour & Finch')
  })

  it('stand in invitations too, and each mail has its own', async () => {
    await admin.open('/staff/portal-settings')
    await admin.click('Invitation')
    admin.fill(OPENING, 'We are glad, {name}, to open {portal} for you.')
    await admin.press('Save')
    expect(admin.text)
      .to.include('Hello Ada Okafor, We are glad, Ada Okafor, to open Harbour & Finch client portal for you.')
      .and.include('/portal/invitations/••••')
    await admin.open(PAGE)
    expect(opening().trim()).to.equal('')

    await writeInvitations(world.db, world, [await anInvitation()], null, world.now())

    const [email] = await world.db('emails').select<{ id: number }[]>('id')
    await admin.open(`/staff/emails/${String(email?.id)}`)
    expect(admin.text).to.include('Hello Bea Fox, We are glad, Bea Fox, to open Orders for you.')
  })

  it('are previewed with a link where new portal users are sent one', async () => {
    await admin.post('/staff/portal-settings/credentials', { credentials: 'link' })
    await admin.open(PAGE)

    expect(admin.text).to.include('/portal/reset/••••').and.not.include('Temporary password')
  })

  it('may hold no placeholder that stands for nothing', async () => {
    admin.fill(OPENING, 'Hello {firstname} and {name} {}')
    await admin.press('Save')

    expect(admin.status).to.equal(422)
    expect(admin.errors()).to.deep.equal([
      'Use only {name}, {portal} and {office} in braces: nothing is known for {firstname} and {}',
    ])
    expect(opening()).to.include('{firstname}')
    await admin.open(PAGE)
    expect(opening().trim()).to.equal('')
  })

  it('are no longer than they may be, and say so once', async () => {
    admin.fill(OPENING, 'é'.repeat(1000))
    admin.fill(CLOSING, 'x'.repeat(1001))
    await admin.press('Save')

    expect(admin.errors()).to.deep.equal(['Use at most 1,000 characters for the closing'])
    expect(opening().trim()).to.equal('é'.repeat(1000))
  })

  it('of another mail are nowhere, and of nobody but administrators', async () => {
    await admin.open('/staff/portal-settings/mails/constructor')
    expect(admin.status).to.equal(404)

    const manager = await world.signedInStaff('manager')
    await manager.open(PAGE)

    expect(manager.status).to.equal(403)
  })

  async function anInvitation(): Promise<NewInvitation> {
    const staff = await world.aStaff('Rosa Marsh')
    return {
      portal: { ...(await aPortal(world, 'Orders')), enabled: true },
      contactId: null,
      inviter: { kind: 'staff', id: staff.id, name: 'Rosa Marsh' },
      name: 'Bea Fox',
      email: 'bea@fox.example',
      message: null,
      level: 'read_only',
      permissions: { canInviteOthers: false, canViewDetails: true, canViewDocuments: true },
    }
  }

  async function aPortalUserByHand(): Promise<void> {
    await aPortal(world, 'Orders')
    await aCompany(world, 'Fox')
    await admin.open('/staff/portal-users/new')
    admin.fill('Company', 'Fox')
    admin.fill('Company email', 'bea@fox.example')
    admin.fill('Name (optional)', 'Bea Fox')
    admin.fill('Enter Password', 'harbour-0417')
    admin.tick('Orders')
    await admin.press('Save')
  }
})

import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { aStaffActor, anInvitation, mailTaken } from '../support/invitations.ts'
import { aContact } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const DAY = 86_400_000

describe('The list of invitations', () => {
  let world: World
  let staff: Browser
  let acme: number
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    acme = await aContact(world, 'Acme', { email: 'office@acme.example' })
  })
  afterEach(() => world.end())

  const invited = (name: string): Promise<{ id: number }> =>
    anInvitation(world, acme, { name, email: `${name.toLowerCase()}@acme.example` })
  const rows = (): string[][] => staff.tableRows('Invitations')
  const states = (): Promise<string[]> => world.db('invitations').orderBy('id').pluck<string[]>('status')
  const reopen = async (address: string): Promise<void> => {
    staff = await world.signedInStaff()
    await staff.open(address)
  }

  it('says of each where it stands, and is filtered by that', async () => {
    const { id: expired } = await invited('Eva')
    const { id: accepted } = await invited('Rea')
    await mailTaken(world, expired)
    world.later(7 * DAY + 1)
    await invited('Pia')
    await world.db('invitations').where({ id: accepted }).update({ status: 'accepted', accepted_at: world.now() })

    await reopen('/staff/client-portals')
    await staff.click('Invitations')
    expect(rows().map(row => row[3]?.split(' ')[0])).to.deep.equal(['Pending', 'Registered', 'Expired'])
    expect([staff.text, rows()[0]?.[5]].join()).to.match(
      /No mail server is set up: .* wait in the outbox\..*,Not sent$/s,
    )
    staff.fill('Status', 'Expired')
    await staff.press('Search')

    expect(rows().map(row => row[1]?.split(' ')[0])).to.deep.equal(['Eva'])
    expect(staff.text).to.include('1 invitation matches your search').and.not.to.include('mail server')
  })

  it('finds by name, email, portal and contact, sorts, and keeps ticks over pages', async () => {
    for (let n = 11; n <= 22; n += 1) await invited(`Person${String(n)}`)
    await staff.open('/staff/invitations?size=10')
    expect(rows()[0]?.[1]).to.include('Person22')
    await staff.press('To')
    expect(rows()[0]?.[1]).to.include('Person11')
    await staff.press('Select all 10 on this page')
    await staff.press('Next page')
    expect(staff.text).to.include('10 invitations selected')

    staff.fill('Name, email, portal or contact', 'person15@')
    await staff.press('Search')
    expect(rows()).to.have.length(1)
    expect(staff.text).to.include('10 invitations selected')
    staff.fill('Name, email, portal or contact', 'acme')
    await staff.press('Search')
    expect(staff.text).to.include('12 invitations match your search')
  })

  it('sends the ticked ones again, and says what became of each', async () => {
    const { id: open } = await invited('Pia')
    const { id: accepted } = await invited('Rea')
    await world.db('invitations').where({ id: accepted }).update({ status: 'accepted', accepted_at: world.now() })
    await staff.open('/staff/invitations')
    await staff.press('Select all 2 on this page')
    await staff.press('Resend')
    expect(staff.h1).to.equal('Send 1 invitation again?')
    expect(staff.text).to.include('Their old links stop working.')

    await staff.press('Resend 1 invitation')

    expect(staff.h1).to.equal('1 invitation sent again')
    expect(staff.facts()).to.deep.equal({ 'Sent again': '1', 'Registered, or has the portal already': '1' })
    expect(staff.tableRows('Not sent again')[0]?.[2]).to.equal('Registered, or has the portal already')
    expect(await states()).to.deep.equal(['superseded', 'accepted', 'open'])
    const viewer = await world.signedInStaff('viewer')
    await viewer.open(`/staff/invitations/${String(accepted + 1)}`)
    expect(viewer.text).to.include('Written together with others, by Rosa Marsh 1')
    const mails = await world.db('emails').where({ invitation_id: open }).pluck<string[]>('status')
    expect(mails).to.deep.equal(['cancelled'])
    const first = staff.path
    staff.back()
    await staff.press('Resend 1 invitation')
    expect(staff.path).to.equal(first)
    expect(await states()).to.have.length(3)
  })

  it('sends all again that match, leaving alone those that were cancelled', async () => {
    await invited('Pia')
    const { id: cancelled } = await invited('Cem')
    await world.db('invitations').where({ id: cancelled }).update({ status: 'cancelled' })
    await invited('Una')
    await staff.open('/staff/invitations')
    await staff.press('Resend all that match')
    expect(staff.text).to.include('Cancelled: select these to send them again: 1')
    await invited('Late')
    await staff.press('Resend 2 invitations')
    expect(staff.status).to.equal(409)
    expect(staff.text).to.include('The invitations have changed since you looked.')

    await staff.press('Resend 3 invitations')

    expect(staff.h1).to.equal('3 invitations sent again')
    const before = ['superseded', 'cancelled', 'superseded', 'superseded']
    expect(await states()).to.deep.equal([...before, 'open', 'open', 'open'])
  })

  it('asks again when as many are to be sent as before, but others', async () => {
    const { id: pia } = await invited('Pia')
    await staff.open('/staff/invitations')
    await staff.press('Resend all that match')
    await world.db('invitations').where({ id: pia }).update({ status: 'cancelled' })
    await invited('Una')

    await staff.press('Resend 1 invitation')

    expect(staff.status).to.equal(409)
    expect(staff.text).to.include('The invitations have changed since you looked.')
    expect(await states()).to.deep.equal(['cancelled', 'open'])
    await staff.press('Resend 1 invitation')
    expect(await states()).to.deep.equal(['cancelled', 'superseded', 'open'])
  })

  it('leaves out and names those who were written to a short while ago', async () => {
    const { id } = await invited('Pia')
    await staff.open(`/staff/invitations/${String(id)}`)
    await staff.press('Resend')
    await invited('Una')
    await staff.open('/staff/invitations')
    await staff.press('Resend all that match')
    expect(staff.text).to.include('Written to a short while ago: once in five minutes, five times a day: 1')
    await staff.press('Resend 1 invitation')

    expect(staff.h1).to.equal('1 invitation sent again')
    const why = 'Written to a short while ago: once in five minutes, five times a day'
    expect(staff.tableRows('Not sent again').map(row => row.slice(1))).to.deep.equal([['pia@acme.example', why]])
    expect(await states()).to.deep.equal(['superseded', 'open', 'superseded', 'open'])
  })

  it('sends only the newest of several cancelled ones to one address', async () => {
    const rosa = await aStaffActor(world)
    const pia = { email: 'pia@acme.example' }
    const { id: older } = await anInvitation(world, acme, pia, rosa)
    await world.db('invitations').where({ id: older }).update({ status: 'cancelled' })
    const { id: newer } = await anInvitation(world, acme, pia, rosa)
    await world.db('invitations').where({ id: newer }).update({ status: 'cancelled' })
    world.later(300_000)
    await staff.open('/staff/invitations?state=cancelled')
    await staff.press('Resend all that match')
    await staff.press('Resend 1 invitation')

    expect(staff.facts()).to.deep.equal({ 'Sent again': '1', 'There is a newer invitation': '1' })
    expect(await states()).to.deep.equal(['cancelled', 'cancelled', 'open'])
  })

  it('cancels the ticked ones after a warning, and asks for a tick first', async () => {
    await invited('Pia')
    await invited('Una')
    await staff.open('/staff/invitations')
    await staff.press('Cancel invitations')
    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal(['Select at least one invitation, then choose Cancel'])

    await staff.press('Select all 2 on this page')
    await staff.press('Cancel invitations')
    expect(staff.h1).to.equal('Cancel 2 invitations?')
    await staff.press('Cancel 2 invitations')

    expect(staff.text).to.include('2 invitations cancelled. Their links do not work any more.')
    expect(await states()).to.deep.equal(['cancelled', 'cancelled'])
    staff.back()
    await staff.press('Cancel 2 invitations')
    expect(staff.text).to.include('None of these invitations is open any more.')
  })

  it('shows viewers the list and nothing to change', async () => {
    const { id } = await invited('Pia')
    const viewer = await world.signedInStaff('viewer')
    await viewer.open('/staff/invitations')
    expect(viewer.tableRows('Invitations')[0]?.[0]).to.include('Pia')
    expect(viewer.html).not.to.include('value="resend"')

    await viewer.open(`/staff/invitations/${String(id)}`)
    expect(viewer.html).not.to.include('resending')
  })
})

describe('The page of an invitation', () => {
  it('tells what it says, where it stands and what was done to it', async () => {
    const world = await aWorld()
    const staff = await world.signedInStaff()
    const acme = await aContact(world, 'Acme')
    const { id } = await anInvitation(world, acme, { email: 'ada@acme.example', message: 'See you\nthere' })
    await staff.open(`/staff/invitations/${String(id)}`)
    expect(staff.text).to.include('See you')
    expect(staff.text).to.include('Invited somebody to a portal, by Ines ada@acme.example')

    await staff.press('Resend')
    expect(staff.path).to.equal(`/staff/invitations/${String(id + 1)}`)
    await staff.press('Cancel the invitation')
    expect(staff.text).to.include('Cancelled an invitation, by Rosa Marsh 1')
    await staff.open(`/staff/invitations/${String(id)}`)
    expect(staff.text).to.include('Sent again since')
    await staff.click('See the newer invitation')

    expect(staff.path).to.equal(`/staff/invitations/${String(id + 1)}`)
    await world.end()
  })

  it('is kept for two thousand, all sent again in one run', async function () {
    this.timeout(60_000)
    const world = await aWorld()
    const staff = await world.signedInStaff()
    const acme = await aContact(world, 'Acme')
    await anInvitation(world, acme, { email: 'ada0@acme.example' })
    await twoThousandMore(world)
    await staff.open('/staff/invitations')
    await staff.press('Resend all that match')
    await staff.press('Resend 2,000 invitations')

    expect(staff.h1).to.equal('2,000 invitations sent again')
    expect(await world.db('invitations').where({ status: 'open' })).to.have.length(2_000)
    await world.end()
  })
})

/** The rows of one invitation again and again, to other addresses. */
async function twoThousandMore({ db }: World): Promise<void> {
  const { id: _id, ...first } = await db('invitations').first<Record<string, string | number | null>>()
  const { id: _mail, ...mail } = await db('emails').first<Record<string, string | number | null>>()
  for (let start = 1; start < 2_000; start += 500) {
    const numbers = Array.from({ length: Math.min(500, 2_000 - start) }, (_, n) => start + n)
    const address = (n: number): string => `ada${String(n)}@acme.example`
    const rows = numbers.map(n => ({
      ...first,
      email: address(n),
      email_normalized: address(n),
      token_hash: String(n),
    }))
    const made = await db('invitations').insert(rows).returning<{ id: number }[]>('id')
    await db('emails').insert(made.map(({ id }) => ({ ...mail, invitation_id: id, message_id: `<${String(id)}@x>` })))
  }
}

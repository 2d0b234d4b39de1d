import { expect } from 'chai'
import { acceptSignedIn, register, type Registration } from '../../../src/core/invitations/accept.ts'
import { openInvitation } from '../../../src/core/invitations/link.ts'
import { resendInvitation } from '../../../src/core/invitations/renew.ts'
import { cancelInvitation } from '../../../src/core/invitations/change.ts'
import { openedBody } from '../../../src/core/mail/outbox.ts'
import { changePortalSettings } from '../../../src/core/settings/portal-settings.ts'
import { portalUserById } from '../../../src/core/portal-users/sign-in.ts'
import { anInvitation, aStaffActor, mailTaken, tokenOf } from '../../support/invitations.ts'
import { aContact, aPortalUser, OWN_PASSWORD } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const DAY_MS = 86_400_000

describe('Accepting an invitation', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('makes one login with access to the portal of the contact, whose login it is', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
    const { token, portalId } = await anInvitation(world, ada, { email: 'ada@customer.example' })

    const registered = await register(world.db, world.deps, form(token), world.now())

    expect(registered.ok && registered.value.username).to.equal('ada@customer.example')
    expect(await world.db('portal_users').select('contact_id', 'must_change_password', 'status')).to.have.length(1)
    const [access] = await world.db('portal_access').select('portal_id', 'source', 'access_level')
    expect(access).to.deep.equal({ portal_id: portalId, source: 'invitation', access_level: 'standard' })
    expect((await world.db('portal_users').first('contact_id')).contact_id).to.equal(ada)
  })

  it('happens once, however many try at the same moment', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
    const { token } = await anInvitation(world, ada, { email: 'ada@customer.example' })

    const all = await Promise.all(
      Array.from({ length: 16 }, () => register(world.db, world.deps, form(token), world.now())),
    )

    expect(all.filter(one => one.ok)).to.have.length(1)
    expect(kinds(all)).to.have.members(Array.from({ length: 15 }, () => 'used'))
    expect(await world.db('portal_users').select('id')).to.have.length(1)
  })

  it('works for seven days from the moment the mail server took it, and not a moment longer', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
    const { id, token } = await anInvitation(world, ada, { email: 'ada@customer.example' })
    world.later(30 * DAY_MS)
    await mailTaken(world, id)
    const sentAt = (await world.db('emails').where({ invitation_id: id }).first<{ sent_at: number }>('sent_at')).sent_at

    const last = await openInvitation(world.db, token, sentAt + 7 * DAY_MS - 1)
    const over = await openInvitation(world.db, token, sentAt + 7 * DAY_MS)
    const tooLate = await register(world.db, world.deps, form(token), sentAt + 7 * DAY_MS)

    expect(last.ok).to.equal(true)
    expect(kinds([over, tooLate])).to.deep.equal(['expired', 'expired'])
  })

  it('ends with a newer invitation, and with its cancelling', async () => {
    const staff = await aStaffActor(world)
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
    const { id, token } = await anInvitation(world, ada, { email: 'ada@customer.example' }, staff)
    const again = await resendInvitation(world.db, world.deps, staff, id, world.now())
    const newer = again.ok ? again.value.id : 0
    const newerToken = await tokenOf(world, newer)
    const older = await openInvitation(world.db, token, world.now())
    const open = await openInvitation(world.db, newerToken, world.now())
    await cancelInvitation(world.db, staff, newer, world.now())

    const cancelled = await register(world.db, world.deps, form(newerToken), world.now())

    expect(open.ok).to.equal(true)
    expect(kinds([older, cancelled])).to.deep.equal(['superseded', 'cancelled'])
  })

  it('takes another address only with the code that was mailed to it', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
    const { id, token } = await anInvitation(world, ada, { email: 'ada@customer.example' })
    const other = { ...form(token), email: 'bea@elsewhere.example', name: 'Bea Lund' }

    const asked = await register(world.db, world.deps, other, world.now())
    const wrong = await register(world.db, world.deps, { ...other, code: '1' }, world.now())
    const right = await register(world.db, world.deps, { ...other, code: await codeSent() }, world.now())

    expect([asked, wrong].map(one => !one.ok && one.error)).to.deep.equal(['code-sent', 'code-wrong'])
    expect(right.ok).to.equal(true)
    const row = await world.db('invitations').where({ id }).first('email', 'registered_email')
    expect(row).to.deep.equal({ email: 'ada@customer.example', registered_email: 'bea@elsewhere.example' })
    expect((await world.db('portal_users').first('contact_id')).contact_id).to.equal(null)
  })

  it('keeps to the invited address where the office wants it', async () => {
    const staff = await aStaffActor(world)
    await changePortalSettings(world.db, staff, { registrationEmail: 'invited_only' }, world.now())
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
    const { token } = await anInvitation(world, ada, { email: 'ada@customer.example' })

    const other = await register(world.db, world.deps, { ...form(token), email: 'bea@elsewhere.example' }, world.now())

    expect(other).to.deep.equal({ ok: false, error: 'only-invited' })
  })

  it('never sets the password of somebody who signs in already: they accept by signing in', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor', email: 'ada@customer.example' })
    await world.db('portal_users').where({ id: ada.id }).update({ first_login_at: world.now() })
    const { token, portalId } = await anInvitation(world, ada.contactId, { email: 'ada@customer.example' })
    const user = await portalUserById(world.db, ada.id)
    const bea = await aPortalUser(world, { name: 'Bea Lund' })
    const other = await portalUserById(world.db, bea.id)
    if (!user || !other) throw new Error('Both may sign in')

    const registered = await register(world.db, world.deps, form(token), world.now())
    const stranger = await acceptSignedIn(world.db, other, token, world.now())
    const accepted = await acceptSignedIn(world.db, user, token, world.now())

    expect(registered).to.deep.equal({ ok: false, error: 'address-taken' })
    expect(stranger).to.deep.equal({ ok: false, error: 'other-address' })
    expect(accepted.ok).to.equal(true)
    expect(await world.db('portal_access').where({ portal_user_id: ada.id }).pluck('portal_id')).to.deep.equal([
      portalId,
    ])
  })

  it('gives somebody who was only imported the login that waited for them', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor', email: 'ada@customer.example', own: false })
    const { token } = await anInvitation(world, ada.contactId, { email: 'ada@customer.example' })

    const registered = await register(world.db, world.deps, form(token), world.now())

    expect(registered.ok).to.equal(true)
    const [user, ...others] = await world.db('portal_users').select('id', 'must_change_password')
    expect(others).to.deep.equal([])
    expect(Boolean(user.must_change_password)).to.equal(false)
  })

  async function codeSent(): Promise<string> {
    const mail = await world.db('emails').where({ template: 'registration-code' }).first<{ body: string }>('body')
    return /\b\d{8}\b/.exec(openedBody(world.config, mail.body).text)?.[0] ?? ''
  }
})

function form(token: string): Registration {
  return { token, name: 'Ada Okafor', email: 'ada@customer.example', password: OWN_PASSWORD, code: '', ip: null }
}

function kinds(results: { ok: boolean; error?: unknown }[]): unknown[] {
  return results.filter(one => !one.ok).map(({ error }) => (error as { kind?: string }).kind ?? error)
}

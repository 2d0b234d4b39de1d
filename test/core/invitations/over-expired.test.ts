import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { denialsOf, saveDenials } from '../../../src/core/documents/denials.ts'
import { inviteContacts } from '../../../src/core/invitations/bulk.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { changePortalSettings } from '../../../src/core/settings/portal-settings.ts'
import { aSubscriber } from '../../support/contact-portals.ts'
import { aFolder } from '../../support/documents.ts'
import { anInvitation, aStaffActor, mailTaken } from '../../support/invitations.ts'
import { aContact } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const WEEK_MS = 7 * 86_400_000
const CARL = 'carl@acme.example'
const REDUCED = { canInviteOthers: true, canViewDetails: false, canViewDocuments: true }

describe('An invitation in the place of an expired one', () => {
  let world: World
  let staff: Staff
  let acme: number
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    acme = await aContact(world, 'Acme Ltd', { email: CARL })
  })
  afterEach(() => world.end())

  async function expiredWithDenial(): Promise<{ id: number; folder: number }> {
    const given = { email: CARL, level: 'read_only' as const, permissions: REDUCED }
    const { id, portalId } = await anInvitation(world, acme, given, staff)
    const folder = await aFolder(world, portalId, 'Salaries')
    await saveDenials(world.db, { invitationId: id }, { folderIds: [folder], documentIds: [] }, staff, world.now())
    await mailTaken(world, id)
    world.later(WEEK_MS)
    return { id, folder }
  }

  const newest = () => world.db('invitations').orderBy('id', 'desc').first<{ id: number } & Record<string, unknown>>()

  async function inviteEverybody(): Promise<void> {
    const selection = await selectMatching(world.db, staff, null, ALL_CONTACTS, world.now())
    const { mark: seen } = await planInvitations(world.db, selection, { by: 'invite', choice: 'own' }, world.now())
    const leftOut = { groups: [], contactIds: [] }
    const request = { selection, seen, formKey: 'once', leftOut, message: null, choice: 'own' as const }
    expect((await inviteContacts(world.db, world.deps, staff, request, world.now())).ok).to.equal(true)
  }

  it('keeps what was allowed and denied when many are invited', async () => {
    const { id, folder } = await expiredWithDenial()

    await inviteEverybody()

    const newer = await newest()
    expect(newer.id).not.to.equal(id)
    const kept = [newer.access_level, ...['can_invite_others', 'can_view_details'].map(name => Boolean(newer[name]))]
    expect(kept).to.deep.equal(['read_only', true, false])
    expect((await denialsOf(world.db, { invitationId: newer.id })).folderIds).to.deep.equal([folder])
  })

  it('lets nobody invite while the office does not let clients', async () => {
    await expiredWithDenial()
    await changePortalSettings(world.db, staff, { clientsCanInvite: false }, world.now())

    await inviteEverybody()

    expect(Boolean((await newest()).can_invite_others)).to.equal(false)
  })

  it('keeps what the office denied when a customer writes it', async () => {
    const { id, folder } = await expiredWithDenial()
    const { browser, slug } = await aSubscriber(world, { contactId: acme })
    await browser.open(`/portal/portals/${slug}/people/new`)
    browser.fill('Name', 'Carl Contact')
    browser.fill('Email address', CARL)
    await browser.press('Invite')

    const newer = await newest()
    expect(newer.id).not.to.equal(id)
    expect((await denialsOf(world.db, { invitationId: newer.id })).folderIds).to.deep.equal([folder])
  })
})

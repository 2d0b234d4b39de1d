import { expect } from 'chai'
import { takeAccess } from '../../../src/core/access/records.ts'
import { undoPortalChange } from '../../../src/core/access/undo.ts'
import { system } from '../../../src/core/actors.ts'
import { startBatch } from '../../../src/core/batches/batches.ts'
import { denialsOf, saveDenials } from '../../../src/core/documents/denials.ts'
import type { Holder } from '../../../src/core/documents/visible.ts'
import { register } from '../../../src/core/invitations/accept.ts'
import { resendInvitation } from '../../../src/core/invitations/renew.ts'
import { newToken } from '../../../src/core/secrets.ts'
import { aSubscriber } from '../../support/contact-portals.ts'
import { aFolder } from '../../support/documents.ts'
import { anInvitation, aStaffActor, tokenOf } from '../../support/invitations.ts'
import { aContact } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('What is denied to somebody', () => {
  let world: World
  let acme: number
  beforeEach(async () => {
    world = await aWorld()
    acme = await aContact(world, 'Acme Ltd')
  })
  afterEach(() => world.end())

  const deniedTo = async (holder: Holder): Promise<number[]> => (await denialsOf(world.db, holder)).folderIds
  const deny = (holder: Holder, folderIds: number[]) =>
    saveDenials(world.db, holder, { folderIds, documentIds: [] }, system, world.now())
  const accept = async (token: string, email: string): Promise<number> => {
    const form = { token, name: 'Bea Lund', email, password: 'seven mild otters', code: '', ip: null }
    const done = await register(world.db, world.deps, form, world.now())
    expect(done.ok).to.equal(true)
    const access = await world.db('portal_access').orderBy('id', 'desc').first<{ id: number }>('id')
    return access.id
  }

  it('when they are invited stays denied when they have registered, with a later link as well', async () => {
    const staff = await aStaffActor(world)
    const { id, portalId } = await anInvitation(world, acme, { email: 'bea@acme.example' }, staff)
    const folder = await aFolder(world, portalId, 'Salaries')
    await deny({ invitationId: id }, [folder])
    const again = await resendInvitation(world.db, world.deps, staff, id, world.now())
    expect(again.ok).to.equal(true)
    const newer = await world.db('invitations').orderBy('id', 'desc').first<{ id: number }>('id')

    const accessId = await accept(await tokenOf(world, newer.id), 'bea@acme.example')

    expect(newer.id).not.to.equal(id)
    expect(await deniedTo({ invitationId: newer.id })).to.deep.equal([folder])
    expect(await deniedTo({ accessId })).to.deep.equal([folder])
  })

  it('is denied to those they invite, also what is denied to them only afterwards', async () => {
    const { browser, slug, portalId, accessId } = await aSubscriber(world, { contactId: acme })
    const before = await aFolder(world, portalId, 'Salaries')
    const after = await aFolder(world, portalId, 'Plans')
    await deny({ accessId }, [before])
    await browser.open(`/portal/portals/${slug}/people/new`)
    browser.fill('Name', 'Bea Lund')
    browser.fill('Email address', 'bea@acme.example')
    await browser.press('Invite')
    const invited = await world.db('invitations').orderBy('id', 'desc').first<{ id: number }>('id')
    expect(await deniedTo({ invitationId: invited.id })).to.deep.equal([before])
    await deny({ accessId }, [before, after])

    const given = await accept(await tokenOf(world, invited.id), 'bea@acme.example')

    expect(await deniedTo({ accessId: given })).to.have.members([before, after])
  })

  it('is denied again when access that a bulk change took is given back', async () => {
    const staff = await aStaffActor(world)
    const { portalId, accessId, user } = await aSubscriber(world, { contactId: acme })
    const folder = await aFolder(world, portalId, 'Salaries')
    await deny({ accessId }, [folder])
    const change = { kind: 'revoke_portals' as const, formKey: newToken(), summary: { portalIds: [portalId] } }
    const batchId = (await startBatch(world.db, staff, change, world.now())) ?? 0
    await takeAccess(world.db, [accessId], batchId, world.now())

    const undone = await undoPortalChange(world.db, staff, batchId, world.now() + 1)

    expect(undone.ok).to.equal(true)
    const live = world.db('portal_access').where({ portal_user_id: user.id }).whereNull('revoked_at')
    const { id, source } = await live.first<{ id: number; source: string }>('id', 'source')
    expect(id).not.to.equal(accessId)
    expect(source).to.equal('invitation')
    expect(await deniedTo({ accessId: id })).to.deep.equal([folder])
  })
})

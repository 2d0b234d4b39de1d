import { expect } from 'chai'
import { system } from '../../../src/core/actors.ts'
import { copyDenials, denialsOf, saveDenials } from '../../../src/core/documents/denials.ts'
import type { Holder } from '../../../src/core/documents/visible.ts'
import { accessIdOf, aDocument, aFolder, anInvitation } from '../../support/documents.ts'
import { engine } from '../../support/engine.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aPortal, aPortalUser, type SomePortal } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const itOnPostgres = engine === 'postgres' ? it : () => undefined

describe('Denials', () => {
  let world: World
  let portal: SomePortal
  let ada: Holder
  let folder: number
  let document: number
  beforeEach(async () => {
    world = await aWorld()
    portal = await aPortal(world, 'Orders')
    const { id } = await aPortalUser(world, { name: 'Ada Okafor', portals: [portal] })
    ada = { accessId: await accessIdOf(world, id, portal.id) }
    folder = await aFolder(world, portal.id, 'Salaries')
    document = (await aDocument(world, portal.id, 'plan.pdf')).id
  })
  afterEach(() => world.end())

  const save = (holder: Holder, folderIds: number[], documentIds: number[]) =>
    saveDenials(world.db, holder, { folderIds, documentIds }, system, world.now())

  it('are set, changed and taken back, with one line in the log for each change', async () => {
    await save(ada, [folder, folder], [document])
    expect(await denialsOf(world.db, ada)).to.deep.equal({ folderIds: [folder], documentIds: [document] })
    await save(ada, [folder], [document])
    await save(ada, [folder], [])
    await save(ada, [], [])

    expect(await denialsOf(world.db, ada)).to.deep.equal({ folderIds: [], documentIds: [] })
    expect(await world.db('audit_events').where({ action: 'folder-permissions.set' })).to.have.length(3)
  })

  it('are refused for what is in another portal, is deleted, or for nobody', async () => {
    const other = await aPortal(world, 'Other')
    const theirs = await aFolder(world, other.id, 'Theirs')
    await world.db('documents').where({ id: document }).update({ deleted_at: 1 })
    const invitationId = await anInvitation(world, portal.id, 'Ines')
    await world.db('invitations').where({ id: invitationId }).update({ status: 'cancelled' })

    const said = [
      await save(ada, [theirs], []),
      await save(ada, [folder], [document]),
      await save({ accessId: 999 }, [], []),
      await save({ invitationId }, [], []),
    ]

    expect(said.map(one => (one.ok ? 'saved' : one.error))).to.deep.equal([
      'foreign',
      'foreign',
      'not-found',
      'not-found',
    ])
    expect(await world.db('access_denials')).to.deep.equal([])
  })

  it('go from invitations to those who accept them, many at once and once only', async () => {
    const invitations = [await anInvitation(world, portal.id, 'Ines'), await anInvitation(world, portal.id, 'Ivo')]
    const [ines = 0, ivo = 0] = invitations
    const { id } = await aPortalUser(world, { name: 'Ivo', portals: [portal] })
    const ivos: Holder = { accessId: await accessIdOf(world, id, portal.id) }
    await save({ invitationId: ines }, [folder], [])
    await save({ invitationId: ivo }, [], [document])
    await save(ada, [folder], [])
    const pairs = [
      { from: { invitationId: ines }, to: ada },
      { from: { invitationId: ivo }, to: ivos },
      { from: { invitationId: ines }, to: ivos },
    ]

    for (let twice = 0; twice < 2; twice += 1) await world.db.transaction(trx => copyDenials(trx, pairs, world.now()))

    expect(await denialsOf(world.db, ada)).to.deep.equal({ folderIds: [folder], documentIds: [] })
    expect(await denialsOf(world.db, ivos)).to.deep.equal({ folderIds: [folder], documentIds: [document] })
    expect(await denialsOf(world.db, { invitationId: ivo })).to.deep.equal({ folderIds: [], documentIds: [document] })
  })

  it('go with the folder, the document or the access they hang on', async () => {
    await save(ada, [folder], [document])

    await world.db('folders').where({ id: folder }).delete()
    await world.db('documents').where({ id: document }).delete()

    expect(await world.db('access_denials')).to.deep.equal([])
  })

  itOnPostgres('wait for each other when the button is pressed several times at once', async () => {
    const gate = await world.db.transaction()
    await gate('folders').where({ id: folder }).forUpdate().first('id')
    const presses = [save(ada, [folder], [document]), save(ada, [folder], [document])]
    await untilWaiting(world, gate, 2)
    await gate.commit()

    expect((await Promise.all(presses)).map(one => one.ok)).to.deep.equal([true, true])
  })

  itOnPostgres('are refused, or left out, for a folder that is being deleted', async () => {
    const invitationId = await anInvitation(world, portal.id, 'Ines')
    await save({ invitationId }, [folder], [document])
    const gate = await world.db.transaction()
    await gate('folders').where({ id: folder }).delete()
    const saved = save(ada, [folder], [])
    const pair = { from: { invitationId }, to: ada }
    const copied = world.db.transaction(trx => copyDenials(trx, [pair], world.now()))
    await untilWaiting(world, gate, 2)
    await gate.commit()

    expect(await saved).to.deep.equal({ ok: false, error: 'foreign' })
    await copied
    expect(await denialsOf(world.db, ada)).to.deep.equal({ folderIds: [], documentIds: [document] })
  })

  itOnPostgres('are not saved with an invitation that is being accepted', async () => {
    const invitationId = await anInvitation(world, portal.id, 'Ines')
    const gate = await world.db.transaction()
    await gate('invitations').where({ id: invitationId }).update({ status: 'accepted' })
    const saved = save({ invitationId }, [folder], [])
    await untilWaiting(world, gate, 1)
    await gate.commit()

    expect(await saved).to.deep.equal({ ok: false, error: 'not-found' })
    expect(await world.db('access_denials')).to.deep.equal([])
  })

  it('belong to one holder and one thing, or the database refuses them', async () => {
    const row = { portal_access_id: 'accessId' in ada ? ada.accessId : 0, created_at: 1 }
    const put = (more: Record<string, number>): Promise<string> =>
      world
        .db('access_denials')
        .insert({ ...row, ...more })
        .then(
          () => 'kept',
          () => 'refused',
        )

    expect(await put({})).to.equal('refused')
    expect(await put({ folder_id: folder, document_id: document })).to.equal('refused')
    expect(await put({ folder_id: folder, invitation_id: await anInvitation(world, portal.id, 'Ines') })).to.equal(
      'refused',
    )
    expect(await put({ folder_id: folder })).to.equal('kept')
    expect(await put({ folder_id: folder })).to.equal('refused')
  })
})

import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
import { accessIdOf, aDocument, aFolder, anInvitation } from '../support/documents.ts'
import { aPortal, aPortalUser, type SomePortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Set Folder Permissions', () => {
  let world: World
  let staff: Browser
  let portal: SomePortal
  let address: string
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    portal = await aPortal(world, 'Orders')
    const { id } = await aPortalUser(world, { name: 'Ada Okafor', portals: [portal] })
    address = `/staff/portal-access/${String(await accessIdOf(world, id, portal.id))}/folder-permissions`
  })
  afterEach(() => world.end())

  const states = (): string[] =>
    staff
      .$('.tree .tag')
      .toArray()
      .map(tag => staff.$(tag).text())

  it('denies folders and documents to somebody who has access, and takes it back', async () => {
    const folder = await aFolder(world, portal.id, 'Salaries')
    await aFolder(world, portal.id, '2026', folder)
    await aDocument(world, portal.id, '<b>plan.pdf')
    await staff.open(address)
    expect(staff.h1).to.equal('Set Folder Permissions for Ada Okafor')
    expect(states()).to.deep.equal(['Can see', 'Can see', 'Can see'])

    staff.tick('Folder Salaries')
    staff.tick('<b>plan.pdf')
    await staff.press('Deny Access')
    expect(staff.text).to.include('Access to 2 items is denied.')
    expect(states()).to.deep.equal(['Denied', 'Denied with its folder', 'Denied'])
    staff.untick('Folder Salaries')
    await staff.press('Deny Access')
    expect(staff.text).to.include('Access to 1 item is denied.')
    staff.untick('<b>plan.pdf')
    await staff.press('Deny Access')

    expect(staff.text).to.include('Nothing is denied: Ada Okafor may see every folder and document.')
  })

  it('is there for those who are invited, until they are not any more', async () => {
    const invitation = await anInvitation(world, portal.id, 'Ines Invited')
    await aFolder(world, portal.id, 'Salaries')
    await staff.open(`/staff/invitations/${String(invitation)}/folder-permissions`)
    staff.tick('Folder Salaries')
    await staff.press('Deny Access')
    expect(staff.text).to.include('Access to 1 item is denied.')
    expect(await world.db('access_denials').pluck('invitation_id')).to.deep.equal([invitation])

    await world.db('invitations').where({ id: invitation }).update({ status: 'accepted' })
    await staff.press('Deny Access')

    expect(staff.status).to.equal(404)
  })

  it('goes on with the access of somebody who has registered meanwhile', async () => {
    const invitation = await anInvitation(world, portal.id, 'Ines Invited')
    await aFolder(world, portal.id, 'Letters')
    const folder = await aFolder(world, portal.id, 'Salaries')
    await staff.open(`/staff/invitations/${String(invitation)}/folder-permissions`)
    staff.tick('Folder Salaries')
    const ines = await aPortalUser(world, { name: 'Ines Invited', portals: [portal] })
    const accepted = { status: 'accepted', accepted_by_portal_user_id: ines.id }
    await world.db('invitations').where({ id: invitation }).update(accepted)

    await staff.press('Deny Access')
    expect(staff.status).to.equal(422)
    expect(staff.errors()[0]).to.include('Ines Invited has registered meanwhile. Nothing was saved.')
    expect(await world.db('access_denials')).to.deep.equal([])
    await staff.press('Deny Access')

    expect(staff.text).to.include('Access to 1 item is denied.')
    const access = await accessIdOf(world, ines.id, portal.id)
    expect(await world.db('access_denials').select('portal_access_id', 'folder_id')).to.deep.equal([
      { portal_access_id: access, folder_id: folder },
    ])
  })

  it('saves nothing when what was ticked is gone, and says so', async () => {
    const folder = await aFolder(world, portal.id, 'Salaries')
    await aFolder(world, portal.id, 'Letters')
    await staff.open(address)
    staff.tick('Folder Salaries')
    staff.tick('Folder Letters')
    await world.db('folders').where({ id: folder }).delete()

    await staff.press('Deny Access')

    expect(staff.status).to.equal(422)
    expect(staff.errors()[0]).to.include('Something you ticked is not there any more.')
    expect(await world.db('access_denials')).to.deep.equal([])
  })

  it('shows one folder at a time when there is much, and keeps what is denied elsewhere', async () => {
    const folder = await aFolder(world, portal.id, 'Salaries')
    await aFolder(world, portal.id, '2026', folder)
    const rows = Array.from({ length: 200 }, (_, n) => {
      const name = `folder ${String(n)}`
      return { portal_id: portal.id, name, name_normalized: name, created_at: 1 }
    })
    await world.db.batchInsert('folders', rows, 50)
    await staff.open(address)
    expect(states()).to.have.length(201)
    staff.tick('Folder Salaries')
    await staff.press('Deny Access')

    await staff.click('Open folder Salaries')
    expect(states()).to.deep.equal(['Denied with its folder'])
    staff.tick('Folder 2026')
    await staff.press('Deny Access')

    expect(staff.text).to.include('Access to 2 items is denied.')
    expect(staff.path).to.equal(`${address}?folder=${String(folder)}`)
  })
})

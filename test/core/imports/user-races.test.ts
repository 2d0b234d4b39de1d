import { expect } from 'chai'
import { planUsers } from '../../../src/core/imports/user-plan.ts'
import { deletePortalUsers } from '../../../src/core/portal-users/delete.ts'
import { followContact } from '../../../src/core/portal-users/follow-contact.ts'
import { takenNames } from '../../../src/core/portal-users/records.ts'
import { changeSheetUsers } from '../../../src/core/portal-users/sheet.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { isPostgres } from '../../../src/db/index.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aPortalUser, type SomePortalUser } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('Changing portal users in bulk while somebody else changes them', () => {
  let world: World
  let ada: SomePortalUser
  beforeEach(async () => {
    world = await aWorld()
    ada = await aPortalUser(world, { name: 'Ada', own: false })
  })
  afterEach(() => world.end())

  it('goes by what the other one saved', async () => {
    if (!isPostgres(world.db)) return
    const edit = await world.db.transaction()
    const edited = { name: 'Ada Edited', username: 'ada.edited', username_normalized: 'ada.edited', version: 2 }
    await edit('portal_users').where({ id: ada.id }).update(edited)

    const importing = importSheet()
    await untilWaiting(world, edit, 1)
    await edit.commit()
    await importing

    const after = await world.db('portal_users').where({ id: ada.id }).first<unknown>('name', 'username', 'version')
    expect(after).to.deep.equal({ name: 'Ada From Sheet', username: 'ada.edited', version: 3 })
  })

  it('plans an edit of the same sheet line as changed meanwhile', async () => {
    if (!isPostgres(world.db)) return
    const edit = await world.db.transaction()
    await edit('portal_users').where({ id: ada.id }).update({ version: 2 })

    const planning = world.db.transaction(trx => planUsers(trx, sheet('1')))
    await untilWaiting(world, edit, 1)
    await edit.commit()

    const [planned] = await planning
    expect(planned?.problems.map(problem => problem.code)).to.deep.equal(['changed-meanwhile'])
  })

  for (const [what, change] of [
    ['a sheet', () => importSheet()],
    ['their contact', () => changeContact()],
  ] as const) {
    it(`leaves the names of somebody deleted meanwhile free: ${what}`, async () => {
      if (!isPostgres(world.db)) return
      const gate = await world.db.transaction()
      await gate('portal_users').where({ id: ada.id }).forUpdate().select('id')

      const deleting = deleteAda()
      await untilWaiting(world, gate, 1)
      const changing = change()
      await untilWaiting(world, gate, 2)
      await gate.commit()
      await Promise.all([deleting, changing])

      expect(await takenNames(world.db, [ada.email ?? '', 'ada'])).to.deep.equal(new Map())
      expect(await world.db('portal_users').where({ id: ada.id }).pluck('name')).to.deep.equal(['Ada'])
    })
  }

  const sheet = (check = '') => [
    { number: 3, cells: ['Keep', 'Ada From Sheet', ada.email ?? '', '', '', '', '', check], odd: [] },
  ]

  function importSheet(): Promise<void> {
    return world.db.transaction(async trx => {
      const planned = await planUsers(trx, sheet())
      const changed = planned.filter(row => row.action === 'update').map(row => row.user)
      await changeSheetUsers(trx, changed, world.now())
    })
  }

  function changeContact(): Promise<void> {
    const contact = { id: ada.contactId, name: 'New Name', email: ada.email }
    return world.db.transaction(trx => followContact(trx, contact, world.now()))
  }

  async function deleteAda() {
    const { id } = await world.aStaff('Del', 'admin')
    const staff = await staffById(world.db, id)
    if (!staff) throw new Error('Del is there')
    const doomed = { doomed: { id: ada.id }, seen: 1, formKey: 'once' }
    return deletePortalUsers(world.db, staff, doomed, world.now())
  }
})

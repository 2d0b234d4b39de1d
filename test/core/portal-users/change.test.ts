import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { changePortalUser } from '../../../src/core/portal-users/change.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { engine } from '../../support/engine.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aPortalUser, type SomePortalUser } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const itOnPostgres = engine === 'postgres' ? it : () => undefined

describe('Changing a portal user while something else happens to them', () => {
  let world: World
  let staff: Staff
  let ada: SomePortalUser
  beforeEach(async () => {
    world = await aWorld()
    const rosa = await staffById(world.db, (await world.aStaff('Rosa Marsh')).id)
    if (!rosa) throw new Error('Rosa is not there')
    staff = rosa
    ada = await aPortalUser(world, { name: 'Ada Okafor', own: false })
  })
  afterEach(() => world.end())

  const change = (what: { name?: string; email?: string; version?: number }) => {
    const { name, username, email } = ada
    const rest = { companyId: null, levels: new Map(), permissions: new Map(), roleIds: null }
    const wanted = { version: 1, name, username, email, ...rest, ...what }
    return changePortalUser(world.db, world.deps, staff, ada.id, wanted, world.now())
  }

  const stored = () =>
    world.db('portal_users').where({ id: ada.id }).first<{ email: string; version: number }>('email', 'version')

  itOnPostgres('asks for a new email to be confirmed by somebody who signs in meanwhile', async () => {
    const gate = await world.db.transaction()
    await gate('portal_users').where({ id: ada.id }).update({ first_login_at: world.now() })
    const changed = change({ email: 'ada@new.example' })
    await untilWaiting(world, gate, 1)

    await gate.commit()

    expect(await changed).to.deep.equal({ ok: true, value: 'asked' })
    expect((await stored()).email).to.equal(ada.email)
  })

  it('leaves the version as it was when it is refused', async () => {
    const bea = await aPortalUser(world, { name: 'Bea Nogueira' })

    const changed = await change({ email: bea.email ?? '' })

    expect(changed.ok).to.equal(false)
    expect(await stored()).to.deep.equal({ email: ada.email, version: 1 })
    expect(await change({ name: 'Ada Obi' })).to.deep.equal({ ok: true, value: 'same' })
  })
})

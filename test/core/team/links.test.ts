import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { changeStaffPassword, staffById } from '../../../src/core/team/accounts.ts'
import { linkOwner, spendLink } from '../../../src/core/team/links.ts'
import { disableMember, newMemberLink } from '../../../src/core/team/members.ts'
import { engine } from '../../support/engine.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../../support/world.ts'

const NEW = 'winter harvest trumpet'
const itOnPostgres = engine === 'postgres' ? it : () => undefined

describe('A link for a member of staff', () => {
  let world: World
  let admin: Staff
  let bob: Staff
  beforeEach(async () => {
    world = await aWorld()
    admin = await aStaff('Rosa Marsh')
    bob = await aStaff('Bob Bee')
  })
  afterEach(() => world.end())

  async function aStaff(name: string): Promise<Staff> {
    const staff = await staffById(world.db, (await world.aStaff(name, 'admin')).id)
    if (!staff) throw new Error(`${name} is not there`)
    return staff
  }

  async function aLink(): Promise<string> {
    const made = await newMemberLink(world.db, world.deps, admin, bob.id, world.now())
    return made.ok ? (made.value.url.split('/').at(-1) ?? '') : ''
  }

  const spend = (token: string) => {
    const given = { token, name: '', password: 'another lantern orchard', ip: null }
    return spendLink(world.db, world.deps.passwords, given, world.now())
  }

  itOnPostgres('waits for the own change of the password, and does not work after it', async () => {
    const token = await aLink()
    const gate = await world.db.transaction()
    await gate('staff_users').where({ id: bob.id }).forUpdate().first('id') // behind an update nobody keeps their turn
    const change = { current: STAFF_PASSWORD, next: NEW }
    const changed = changeStaffPassword(world.db, world.deps.passwords, bob, change, world.now())
    await untilWaiting(world, gate, 1)
    const spent = spend(token)
    await untilWaiting(world, gate, 2)

    await gate.commit()

    expect((await changed).ok).to.equal(true)
    expect(await spent).to.deep.equal({ ok: false, error: 'link-closed' })
    const { password_hash } = await world.db('staff_users').where({ id: bob.id }).first<{ password_hash: string }>()
    expect(await world.deps.passwords.matches(password_hash, NEW)).to.equal(true)
  })

  itOnPostgres('is not made for an administrator who is being disabled', async () => {
    await aLink()
    const gate = await world.db.transaction()
    await gate('staff_links').where({ staff_user_id: bob.id }).forUpdate().first('id')
    const disabled = disableMember(world.db, admin, bob.id, world.now())
    await untilWaiting(world, gate, 1)
    const made = newMemberLink(world.db, world.deps, admin, bob.id, world.now())
    await untilWaiting(world, gate, 2)

    await gate.commit()

    expect((await disabled).ok).to.equal(true)
    expect(await made).to.deep.equal({ ok: false, error: 'disabled' })
  })

  it('is not used up when the person is disabled before the password is saved', async () => {
    const token = await aLink()
    const passwords = {
      ...world.deps.passwords,
      hash: async (password: string) => {
        await world.db('staff_users').where({ id: bob.id }).update({ status: 'disabled' })
        return world.deps.passwords.hash(password)
      },
    }
    const given = { token, name: '', password: 'another lantern orchard', ip: null }

    const spent = await spendLink(world.db, passwords, given, world.now())

    expect(spent).to.deep.equal({ ok: false, error: 'link-closed' })
    await world.db('staff_users').where({ id: bob.id }).update({ status: 'active' })
    expect((await linkOwner(world.db, token, world.now()))?.id).to.equal(bob.id)
  })
})

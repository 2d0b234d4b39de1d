import { expect } from 'chai'
import { choose } from '../support/contact-files.ts'
import { aWorld, type World } from '../support/world.ts'

describe('A file that a manager imports', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  it('touches no account of the office, whatever its columns and addresses are', async () => {
    const boss = await world.aStaff('Bo Boss', 'admin')
    const manager = await world.signedInStaff('manager')
    const before = await world.db('staff_users').orderBy('id')
    const headings = 'Name,Email,Username,Password,Role,is_admin,staff_role,password_hash,session_version'

    await choose(manager, `${headings}\nBo Boss,${boss.email},${boss.email},harbour-2026,admin,1,admin,x,9\n`)
    await manager.press('Check the file')
    await manager.press('Import 1 row')

    expect(manager.h1).to.equal('Import finished')
    expect(await world.db('staff_users').orderBy('id')).to.deep.equal(before)
    expect(await world.db('portal_users').pluck('username')).to.deep.equal([boss.email])
  })

  it('gives nobody a password for the staff pages', async () => {
    const boss = await world.aStaff('Bo Boss', 'admin')
    const manager = await world.signedInStaff('manager')
    await choose(manager, `Name,Email,Username,Password\nBo Boss,${boss.email},${boss.email},harbour-2026\n`)
    await manager.press('Check the file')
    await manager.press('Import 1 row')
    const thief = world.browser()

    await thief.open('/staff/sign-in')
    thief.fill('Email address', boss.email)
    thief.fill('Password', 'harbour-2026')
    await thief.press('Sign in')

    expect(thief.status).to.equal(401)
  })
})

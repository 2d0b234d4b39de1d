import { expect } from 'chai'
import { isUniqueViolation } from '../../src/db/index.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { portalUserNamed, portalUserWithPassword } from '../../src/core/portal-users/sign-in.ts'
import { aPortalUser, OWN_PASSWORD } from '../support/people.ts'
import { aWorld, QUICK_PASSWORDS, type World } from '../support/world.ts'

describe('Finding whoever signs in', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('hashes the password again when hashing has become harder', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    const harder = createPasswords({ ...QUICK_PASSWORDS, memoryCost: 128 })
    const given = { name: 'ada.okafor', password: OWN_PASSWORD, ip: null }
    const before = await hashOf(ada.id)

    for (let n = 0; n < 2; n += 1)
      expect(await portalUserWithPassword(world.db, harder, given, world.now())).not.to.equal(null)

    const after = await hashOf(ada.id)
    expect([before.includes('m=64,'), after.includes('m=128,')]).to.deep.equal([true, true])
    expect((await portalUserWithPassword(world.db, harder, given, world.now()))?.id).to.equal(ada.id)
    expect(await hashOf(ada.id)).to.equal(after)
  })

  it('knows one address written in two ways, and never takes a look-alike for it', async () => {
    const ada = await aPortalUser(world, { name: 'Ada', email: 'Ada@Müller.example' })

    for (const name of ['ada@müller.example', 'ADA@xn--mller-kva.EXAMPLE']) {
      expect((await portalUserNamed(world.db, name))?.id, name).to.equal(ada.id)
    }
    for (const name of ['аda@müller.example', 'ada@muller.example', 'ada@müller.example,x@y.example', '', '%', '_da']) {
      expect(await portalUserNamed(world.db, name), name).to.equal(null)
    }
  })

  it('never has two to choose from: a username cannot be somebody else’s address, however it is written', async () => {
    await aPortalUser(world, { name: 'Ada', email: 'ada@müller.example' })

    const second = aPortalUser(world, { name: 'Bea', username: 'ada@müller.example', email: null })

    expect(isUniqueViolation(await second.catch((error: unknown) => error))).to.equal(true)
  })

  async function hashOf(id: number): Promise<string> {
    return (await world.db('portal_users').where({ id }).first<{ password_hash: string }>('password_hash'))
      .password_hash
  }
})

import { expect } from 'chai'
import { changePortalUser } from '../../../src/core/portal-users/change.ts'
import { askForOwnEmail, confirmEmail } from '../../../src/core/portal-users/own-email.ts'
import { portalUserById } from '../../../src/core/portal-users/sign-in.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { confirmingLink } from '../../support/inbox.ts'
import { aPortalUser } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('A new sign-in email that is confirmed', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('keeps the name and username that staff saved while the password was being checked', async () => {
    const ada = await aPortalUser(world, { name: 'Ada Okafor' })
    const [user, staff] = await Promise.all([
      portalUserById(world.db, ada.id),
      staffById(world.db, (await world.aStaff('Rosa Marsh')).id),
    ])
    if (!user || !staff) throw new Error('Somebody is not there')
    const wanted = { current: ada.password, email: 'ada@new.example' }
    await askForOwnEmail(world.db, world.deps, user, wanted, world.now())
    const token = (await confirmingLink(world, 'ada@new.example')).split('/').at(-1)
    const rest = { companyId: null, levels: new Map(), permissions: new Map(), roleIds: null }
    const edit = { version: 1, name: 'Ada Smith', username: 'ada.smith', email: user.email, ...rest }
    const passwords = {
      ...world.deps.passwords,
      matches: async (hash: string | null, password: string) => {
        await changePortalUser(world.db, world.deps, staff, ada.id, edit, world.now())
        return world.deps.passwords.matches(hash, password)
      },
    }

    const given = { token, password: ada.password, ip: null }
    const confirmed = await confirmEmail(world.db, { ...world.deps, passwords }, given, world.now())

    expect(confirmed).to.deep.equal({ ok: true, value: 'ada.smith' })
    const after = await world.db('portal_users').where({ id: ada.id }).first<object>('name', 'username', 'email')
    expect(after).to.deep.equal({ name: 'Ada Smith', username: 'ada.smith', email: 'ada@new.example' })
  })
})

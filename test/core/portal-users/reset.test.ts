import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { newPasswordLink } from '../../../src/core/portal-users/links.ts'
import { resendSignInDetails } from '../../../src/core/portal-users/resend.ts'
import { portalReset, resetPassword } from '../../../src/core/portal-users/reset.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { engine } from '../../support/engine.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aPortalUser, type SomePortalUser } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const NEW_PASSWORD = 'copper lantern friday'
const HOUR = 3_600_000
const itOnPostgres = engine === 'postgres' ? it : () => undefined

describe('A link to choose a password, while staff change the person', () => {
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

  const aLink = () => {
    const wanted = { portalUserId: ada.id, lastsMs: HOUR }
    return world.db.transaction(trx => newPasswordLink(trx, world, wanted, world.now()))
  }

  itOnPostgres('waits for a new invitation that is on its way, and is superseded by it', async () => {
    const { token } = await aLink()
    const gate = await world.db.transaction()
    await gate('portal_users').where({ id: ada.id }).forUpdate().first('id')
    const resent = resendSignInDetails(world.db, world.deps, staff, { id: ada.id, version: 1 }, world.now())
    await untilWaiting(world, gate, 1)
    const reset = resetPassword(world.db, world.deps, { token, password: NEW_PASSWORD, ip: null }, world.now())
    await untilWaiting(world, gate, 2)

    await gate.commit()

    expect((await resent).ok).to.equal(true)
    expect(await reset).to.deep.equal({ ok: false, error: 'superseded' })
  })

  it('is not used up when the person is disabled before the password is saved', async () => {
    const { token } = await aLink()
    const passwords = {
      ...world.deps.passwords,
      hash: async (password: string) => {
        await world.db('portal_users').where({ id: ada.id }).update({ status: 'disabled' })
        return world.deps.passwords.hash(password)
      },
    }
    const given = { token, password: NEW_PASSWORD, ip: null }

    const reset = await resetPassword(world.db, { ...world.deps, passwords }, given, world.now())

    expect(reset).to.deep.equal({ ok: false, error: 'expired' })
    expect((await world.db('sign_in_links').first('used_at')).used_at).to.equal(null)
  })

  itOnPostgres('asked for anew goes to the address the person has by now', async () => {
    const gate = await world.db.transaction()
    await gate('portal_users').where({ id: ada.id }).update({ email: 'ada@right.example' })
    const job = { payload: { portalUserId: ada.id } } as Parameters<typeof portalReset.run>[0]
    const asked = portalReset.run(job, world.deps, new AbortController().signal)
    await untilWaiting(world, gate, 1)

    await gate.commit()
    await asked

    const mails = await world.db('emails').where({ template: 'password-reset' }).select('to_email')
    expect(mails).to.deep.equal([{ to_email: 'ada@right.example' }])
  })
})

import { expect } from 'chai'
import type { PortalUser, Staff } from '../../../src/core/actors.ts'
import { acceptSignedIn, register } from '../../../src/core/invitations/accept.ts'
import { changeInvitation } from '../../../src/core/invitations/change.ts'
import { deletePortalUsers } from '../../../src/core/portal-users/delete.ts'
import { portalUserById } from '../../../src/core/portal-users/sign-in.ts'
import type { Result } from '../../../src/core/result.ts'
import type { Db } from '../../../src/db/index.ts'
import { engine } from '../../support/engine.ts'
import { anInvitation, aStaffActor } from '../../support/invitations.ts'
import { untilWaiting } from '../../support/locks.ts'
import { aContact, aPortalUser, OWN_PASSWORD } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const ADA = 'ada@customer.example'
const NOTHING = { canInviteOthers: false, canViewDetails: false, canViewDocuments: false }

describe('While somebody accepts', () => {
  let world: World
  let staff: Staff
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
  })
  afterEach(() => world.end())

  describe('A login that is deleted while somebody accepts with it', () => {
    it('gets no password from somebody who is registering', async () => {
      const { id: userId, contactId } = await aPortalUser(world, { name: 'Ada Okafor', email: ADA })
      await world.db('portal_users').update({ first_login_at: null, password_hash: null, status: 'invited' })
      const { token } = await anInvitation(world, contactId, { email: ADA }, staff)
      const { passwords } = world.deps
      const hash = async (password: string): Promise<string> => {
        expect((await deleting(world.db, userId)).ok).to.equal(true)
        return passwords.hash(password)
      }

      const form = { token, name: 'Ada Okafor', email: ADA, password: OWN_PASSWORD, code: '', ip: null }
      const registered = await register(
        world.db,
        { ...world.deps, passwords: { ...passwords, hash } },
        form,
        world.now(),
      )

      expect(registered.ok).to.equal(false)
      await nothingIsGiven()
    })

    if (engine === 'postgres')
      it('gets no access from somebody who is signed in', async () => {
        const { id: userId } = await aPortalUser(world, { name: 'Ada Okafor', email: ADA })
        const bea = await aContact(world, 'Bea Finch')
        const { token } = await anInvitation(world, bea, { email: ADA }, staff)
        const user = (await portalUserById(world.db, userId)) as PortalUser

        const accepting = await world.db.transaction(async gate => {
          expect((await deleting(gate, userId)).ok).to.equal(true)
          const accepted = acceptSignedIn(world.db, user, token, world.now())
          await untilWaiting(world, gate, 1)
          return { accepted }
        })

        expect((await accepting.accepted).ok).to.equal(false)
        await nothingIsGiven()
      })

    const deleting = (db: Db, id: number): Promise<Result<null, number>> =>
      deletePortalUsers(db, staff, { doomed: { id }, seen: 1, formKey: 'key' }, world.now())

    async function nothingIsGiven(): Promise<void> {
      expect(await world.db('portal_access').whereNull('revoked_at')).to.deep.equal([])
      expect(await world.db('portal_users').whereNotNull('password_hash')).to.deep.equal([])
      expect(await world.db('invitations').pluck('status')).to.deep.equal(['open'])
    }
  })

  describe('What the office reduces while somebody accepts', () => {
    const given = async (): Promise<unknown[]> => {
      const columns = ['access_level', 'can_invite_others', 'can_view_details', 'can_view_documents']
      const row = await world.db('portal_access').first<Record<string, unknown>>(columns)
      return Object.values(row).map(value => (typeof value === 'string' ? value : Boolean(value)))
    }

    it('is reduced for somebody who is registering', async () => {
      const ada = await aContact(world, 'Ada Okafor', { email: ADA })
      const { id, token } = await anInvitation(world, ada, { email: ADA, level: 'full' }, staff)
      const { passwords } = world.deps
      const hash = async (password: string): Promise<string> => {
        const change = { version: 1, level: 'read_only' as const, permissions: NOTHING }
        expect((await changeInvitation(world.db, staff, id, change, world.now())).ok).to.equal(true)
        return passwords.hash(password)
      }

      const form = { token, name: 'Ada Okafor', email: ADA, password: OWN_PASSWORD, code: '', ip: null }
      const deps = { ...world.deps, passwords: { ...passwords, hash } }
      const registered = await register(world.db, deps, form, world.now())

      expect(registered.ok).to.equal(true)
      expect(await given()).to.deep.equal(['read_only', false, false, false])
    })

    if (engine === 'postgres')
      it('is reduced for somebody who is signed in', async () => {
        const { id: userId, contactId } = await aPortalUser(world, { name: 'Ada Okafor', email: ADA })
        const { id, token } = await anInvitation(world, contactId, { email: ADA, level: 'full' }, staff)
        const user = (await portalUserById(world.db, userId)) as PortalUser
        const change = { version: 1, level: 'read_only' as const, permissions: NOTHING }

        const accepting = await world.db.transaction(async gate => {
          await changeInvitation(gate, staff, id, change, world.now())
          const accepted = acceptSignedIn(world.db, user, token, world.now())
          await untilWaiting(world, gate, 1)
          return { accepted }
        })

        expect((await accepting.accepted).ok).to.equal(true)
        expect(await given()).to.deep.equal(['read_only', false, false, false])
      })
  })
})

import { expect } from 'chai'
import { giveAccess } from '../../src/core/access/records.ts'
import { system } from '../../src/core/actors.ts'
import { record } from '../../src/core/audit/record.ts'
import { addContacts } from '../../src/core/contacts/records.ts'
import { addPortalUsers } from '../../src/core/portal-users/records.ts'
import { PORTALS } from '../bench/offices/files.ts'
import { addCompaniesOf } from '../bench/offices/fill.ts'
import { people } from '../bench/offices/people.ts'
import { engine } from '../support/engine.ts'
import { aStaffActor, anInvitation, mailTaken } from '../support/invitations.ts'
import { put, to } from '../support/outbox.ts'
import { aPortal } from '../support/people.ts'
import { asked } from '../support/plans.ts'
import { aWorld, type World } from '../support/world.ts'

const everyone = people(100)

/**
 * As many rows as the list shows at most, and kilobytes: names, addresses and companies are as long as in real offices.
 */
const LISTS: [what: string, address: string, rows: number, most: number][] = [
  ['contacts', '/staff/contacts?size=100', 100, 40],
  ['portal users', '/staff/portal-users?size=100', 100, 40],
  ['invitations', '/staff/invitations?size=100', 100, 40],
  ['emails', '/staff/emails', 100, 40],
  ['activity', '/staff/activity', 100, 40],
]

describe('A page of a long list', () => {
  let world: World
  before(async function () {
    if (engine !== 'sqlite') this.skip() // the pages are the same
    world = await aWorld()
    await fill(world)
  })
  after(() => world?.end())

  for (const [what, address, rows, most] of LISTS) {
    it(`of ${what} is at most ${String(most)} kB with ${String(rows)} rows, and holds no indentation`, async () => {
      const staff = await world.signedInStaff('admin')

      await world.db('staff_users').update({ rows_per_page: 100 })
      await staff.open(address)

      expect(staff.tableRows()).to.have.length(rows)
      expect(Buffer.byteLength(staff.html)).to.be.below(most * 1000)
      expect(staff.html).not.to.match(/\n[ \t]|[ \t]\n/)
    })

    it(`of ${what} asks the database hardly more for ${String(rows)} rows than for ten`, async () => {
      const staff = await world.signedInStaff('admin')
      const questionsFor = async (size: number): Promise<number> => {
        await world.db('staff_users').update({ rows_per_page: size })
        const questions = await asked(world.db, () => staff.open(address.replace('size=100', `size=${String(size)}`)))
        return questions.filter(({ sql }) => sql.startsWith('select') && !sql.includes('`jobs`')).length
      }

      const [few, many] = [await questionsFor(10), await questionsFor(100)]

      expect(few).to.be.above(3)
      expect(many).to.be.below(few + 5) // as many more kinds of things as the log tells of
    })
  }
})

async function fill(world: World): Promise<void> {
  const staff = await aStaffActor(world)
  const portalIds: number[] = []
  for (const name of PORTALS) portalIds.push((await aPortal(world, name)).id)
  const companies = await addCompaniesOf(world.db, everyone.length)
  const temporaryPasswordHash = await world.deps.passwords.hash('harbour-2026')
  const contactIds = await world.db.transaction(async trx => {
    const known = everyone.map(person => ({ ...person, companyId: companies.get(person.company) ?? null }))
    const contacts = known.map(({ type, ...person }) => {
      const { companyId, name, email, phone } = person
      return { companyId, contactType: type, name, email, phone: phone || null, reference: null, notes: null }
    })
    const ids = await addContacts(trx, contacts, world.now())
    const logins = known.map(({ companyId, name, email, username }, index) => {
      return { contactId: ids[index] ?? 0, companyId, name, username, email, temporaryPasswordHash }
    })
    const userIds = await addPortalUsers(trx, logins, world.now())
    const pairs = userIds.flatMap((portalUserId, index) =>
      portalIds.slice(0, 1 + (index % 2)).map(portalId => ({ portalUserId, portalId })),
    )
    await giveAccess(trx, pairs, { source: 'staff', staff, batchId: null }, world.now())
    await trx('portal_users').whereRaw('id % 3 = 0').update({ last_login_at: world.now() })
    for (const id of ids) await record(trx, system, 'contact.added', { type: 'contact', id }, {}, world.now())
    return ids
  })
  await put(
    world,
    everyone.map(({ name, email }) => to(name, email)),
  )
  for (const [index, { name, email }] of everyone.entries()) {
    const { id } = await anInvitation(world, contactIds[index] ?? 0, { name, email }, staff)
    await mailTaken(world, id)
  }
}

import { expect } from 'chai'
import fc from 'fast-check'
import { giveAccess } from '../../../src/core/access/records.ts'
import { ALL_CONTACTS, contactsMatching, type Way } from '../../../src/core/contacts/filter.ts'
import type { ContactSort } from '../../../src/core/contacts/order.ts'
import { idsFrom } from '../../../src/core/contacts/pages.ts'
import { contactsPage, countContacts } from '../../../src/core/contacts/queries.ts'
import { addContacts } from '../../../src/core/contacts/records.ts'
import { changeCompany, company } from '../../../src/core/companies/companies.ts'
import { system } from '../../../src/core/actors.ts'
import { normalized } from '../../../src/core/names.ts'
import { addPortalUsers } from '../../../src/core/portal-users/records.ts'
import { aCompany, aContact, aPortal, manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

/** A contact as a plain value, to be found and sorted by plain code. */
interface Known {
  id: number
  name: string
  email: string | null
  company: { id: number; name: string } | null
  username: string | null
  lastSignIn: number | null
  archived: boolean
}

const NAMES = [
  'Ada',
  'ádá',
  'A%a',
  'a_b',
  String.raw`b\c`,
  'Bb "x"',
  'Zoë Ådam',
  'mar',
  'Martin',
  'O’Mar',
  'İx',
  '東京',
]
const TEXTS = [
  ...NAMES,
  'a',
  'b',
  '%',
  '_',
  '"',
  '\\',
  'mar',
  'ma',
  'art',
  'ltd',
  'd l',
  'user',
  'r-1',
  '東',
  'none',
  '*',
]

describe('The contacts list, beside a plain list in memory', () => {
  let world: World
  let everyone: Known[]
  before(async () => {
    world = await aWorld()
    everyone = await manyKnown(world, 60)
  })
  after(() => world.end())

  it('finds, counts, sorts and pages the same, from few and from many', () =>
    fc.assert(
      fc.asyncProperty(question, async ({ text, archived, sort, perPage, many }) => {
        const filter = { ...ALL_CONTACTS, text, archived }
        const expected = plainly(everyone, text, archived, sort)
        const total = await countContacts(world.db, filter)
        expect(total).to.equal(expected.length)
        const found: number[] = []
        for (let page = 1; page <= Math.ceil(total / perPage) + 1; page += 1) {
          const rows = await contactsPage(world.db, filter, sort, { page, perPage, total: many ? 1_000_000 : total })
          found.push(...rows.map(row => row.id))
        }

        expect(found).to.deep.equal(expected)
      }),
      { numRuns: 60 },
    ))
})

describe('A page of the contacts list, read from anywhere', () => {
  let world: World
  let everyone: Known[]
  before(async () => {
    world = await aWorld()
    everyone = await manyKnown(world, 60)
  })
  after(() => world.end())

  it('holds who comes behind somebody known, on or back, or from the end', () =>
    fc.assert(
      fc.asyncProperty(question, fc.nat(), fc.boolean(), fc.nat(5), async (asked, at, backwards, skipped) => {
        const { text, archived, sort, perPage } = asked
        const expected = plainly(everyone, text, archived, sort)
        const position = at % (expected.length + 1)
        const id = expected[position]
        const filter = { ...ALL_CONTACTS, text, archived }
        const behind = id === undefined ? null : { id, position }
        const found = await idsFrom(
          world.db,
          { filter, sort, reading: { few: false } },
          { behind, backwards, skipped },
          perPage,
        )

        const rest = backwards
          ? expected.slice(0, behind ? position : undefined).toReversed()
          : expected.slice(behind ? position + 1 : 0)
        const wanted = rest.slice(skipped, skipped + perPage)
        expect(found).to.deep.equal(backwards ? wanted.toReversed() : wanted)
      }),
      { numRuns: 60 },
    ))
})

describe('Whoever has a portal', () => {
  it('is found alike, looked for one after the other or all at first', async () => {
    const world = await aWorld()
    await manyContacts(world, { count: 5, login: true })
    const orders = await aPortal(world, 'Orders')
    const users = await world.db('portal_users').orderBy('id').select<{ id: number }[]>('id')
    const staff = await world.aStaff('Rosa Marsh')
    const given = { source: 'staff', staff, batchId: null } as const
    const pairs = users.slice(1, 4).map(({ id }) => ({ portalUserId: id, portalId: orders.id }))
    await world.db.transaction(trx => giveAccess(trx, pairs, given, world.now()))
    await world.db('portal_access').where({ portal_user_id: users[2]?.id }).update({ revoked_at: 1 })

    const filter = { ...ALL_CONTACTS, portal: orders.id }
    const found = async (portal: Way): Promise<unknown> =>
      contactsMatching(world.db, filter, { portal }).orderBy('contacts.id').select('contacts.name')

    expect(await found('in-each')).to.deep.equal([{ name: 'Contact 00002' }, { name: 'Contact 00004' }])
    expect(await found('at-first')).to.deep.equal(await found('in-each'))
    expect(await countContacts(world.db, filter)).to.equal(2)
    await world.end()
  })
})

describe('A text that a contact is found by', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is what is there now, whatever has changed', async () => {
    const harbour = await aCompany(world, 'Harbour')
    const quarry = await aCompany(world, 'Quarry')
    const ada = await aContact(world, 'Ada Okafor', { companyId: harbour })
    const bea = await aContact(world, 'Bea Reid', { companyId: quarry })
    const login = { companyId: null, name: 'Ada', username: 'captain', email: null, temporaryPasswordHash: null }
    await world.db.transaction(trx => addPortalUsers(trx, [{ ...login, contactId: ada }], world.now()))
    const found = (text: string): Promise<number> => countContacts(world.db, { ...ALL_CONTACTS, text })
    const change = async (table: string, id: number, columns: object): Promise<void> => {
      await world.db(table).where({ id }).update(columns)
    }
    const foundNow = async (): Promise<number[]> =>
      Promise.all(['okafor', 'harbour', 'quarry', 'captain', 'sailor'].map(text => found(text)))

    expect(await foundNow()).to.deep.equal([1, 1, 1, 1, 0])
    await change('contacts', bea, { company_id: harbour })
    expect(await foundNow()).to.deep.equal([1, 2, 0, 1, 0])
    await change('companies', harbour, { name_normalized: 'quarry' })
    expect(await foundNow()).to.deep.equal([1, 0, 2, 1, 0])
    const user = (await world.db('portal_users').where({ contact_id: ada }).first('id')) as { id: number }
    await change('portal_users', user.id, { username_normalized: 'sailor' })
    expect(await foundNow()).to.deep.equal([1, 0, 2, 0, 1])
    await change('portal_users', user.id, { contact_id: bea })
    await change('contacts', ada, { archived_at: 1 })
    expect(await foundNow()).to.deep.equal([0, 0, 1, 0, 1])
    await change('contacts', ada, { archived_at: null, search: 'cleo' })
    await change('portal_users', user.id, { deleted_at: 1 })
    expect(await foundNow()).to.deep.equal([0, 0, 2, 0, 0])
    expect(await found('cleo')).to.equal(1)
  })
})

const question = fc.record({
  text: fc.oneof(fc.constant(''), fc.constantFrom(...TEXTS), fc.string({ maxLength: 4 })),
  archived: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  sort: fc.record({
    by: fc.constantFrom('name' as const, 'company' as const, 'email' as const, 'last-sign-in' as const),
    descending: fc.boolean(),
  }),
  perPage: fc.constantFrom(4, 7, 100),
  many: fc.boolean(),
})

/** What the list has to hold, in words of its own. */
function plainly(everyone: Known[], text: string, archived: boolean, { by, descending }: ContactSort): number[] {
  const looked = normalized(text)
  const found = everyone.filter(one => {
    const parts = [normalized(one.name), normalized(one.email ?? ''), normalized(one.company?.name ?? '')]
    return one.archived === archived && [...parts, one.username ?? ''].some(part => part.includes(looked))
  })
  const keyOf = (one: Known): (string | number)[] | null => {
    switch (by) {
      case 'name':
        return [normalized(one.name)]
      case 'company':
        return one.company && [normalized(one.company.name), one.company.id]
      case 'email':
        return one.email === null ? null : [one.email]
      case 'last-sign-in':
        return one.lastSignIn === null ? null : [one.lastSignIn]
    }
  }
  const sorted = found.toSorted((a, b) => compared(keyOf(a), keyOf(b)) || a.id - b.id)
  return (descending ? sorted.toReversed() : sorted).map(one => one.id)
}

function compared(a: (string | number)[] | null, b: (string | number)[] | null): number {
  if (!a || !b) return a ? -1 : b ? 1 : 0
  const at = a.findIndex((part, index) => part !== b[index])
  if (at < 0) return 0
  return (a[at] ?? '') < (b[at] ?? '') ? -1 : 1
}

/** Contacts with and without everything, some archived, some companies renamed and some of the same name. */
async function manyKnown(world: World, count: number): Promise<Known[]> {
  const companies: { id: number; name: string }[] = []
  for (const name of ['Zeta Ltd', 'Álpha', 'Álpha', 'Mar & Sons'])
    companies.push({ id: await aCompany(world, name), name })
  const known = Array.from({ length: count }, (_, index) => ({
    id: 0,
    name: NAMES[index % NAMES.length] ?? '',
    email: index % 3 === 0 ? null : `x${String((index * 7) % 60)}@mail.example`,
    company: companies[index % 5] ?? null,
    username: index % 2 === 0 ? null : `usér-${String(index)}`,
    lastSignIn: index % 4 === 1 ? 1000 + (index % 7) : null,
    archived: index % 11 === 0,
  }))
  await world.db.transaction(async trx => {
    const fields = known.map(({ name, email, company: at }) => {
      return {
        companyId: at?.id ?? null,
        contactType: 'client' as const,
        name,
        email,
        phone: null,
        reference: null,
        notes: null,
      }
    })
    const ids = await addContacts(trx, fields, world.now())
    for (const [index, one] of known.entries()) one.id = ids[index] ?? 0
    const users = known.filter(one => one.username !== null)
    const logins = await addPortalUsers(
      trx,
      users.map(({ id, name, username }) => ({
        contactId: id,
        companyId: null,
        name,
        username: username ?? '',
        email: null,
        temporaryPasswordHash: null,
      })),
      world.now(),
    )
    for (const [index, one] of users.entries())
      await trx('portal_users').where({ id: logins[index] }).update({ last_login_at: one.lastSignIn })
    await trx('contacts')
      .whereIn(
        'id',
        known.filter(one => one.archived).map(one => one.id),
      )
      .update({ archived_at: 1 })
  })
  return renamed(world, known, companies[0])
}

async function renamed(world: World, known: Known[], first?: { id: number; name: string }): Promise<Known[]> {
  const before = await company(world.db, first?.id ?? 0)
  if (!before || !first) throw new Error('There is no company')
  const { email, phone, reference, updatedAt: seen } = before
  await changeCompany(
    world.db,
    system,
    { id: first.id, seen },
    { name: 'Aardvark None', email, phone, reference },
    world.now(),
  )
  first.name = 'Aardvark None'
  return known
}

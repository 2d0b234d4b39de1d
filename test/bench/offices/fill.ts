import { giveAccess } from '../../../src/core/access/records.ts'
import { system } from '../../../src/core/actors.ts'
import { addCompanies } from '../../../src/core/companies/records.ts'
import { addContacts } from '../../../src/core/contacts/records.ts'
import { createPasswords } from '../../../src/core/passwords.ts'
import { addPortalUsers } from '../../../src/core/portal-users/records.ts'
import { addPortal } from '../../../src/core/portals/portals.ts'
import { addStaff } from '../../../src/core/team/accounts.ts'
import { isPostgres, type Db } from '../../../src/db/index.ts'
import { refreshStatistics } from '../../../src/db/statistics.ts'
import { GENERIC_PASSWORD, PORTALS } from './files.ts'
import { companiesFor, people, type Person } from './people.ts'

export const STAFF = { name: 'Rosa Marsh', email: 'rosa@office.example', password: 'lantern orchard mosaic' }

const CHUNK = 5000

/** One in so many has signed in, and chosen a password. */
const ONE_IN_USE_IN = 3

/** One of those who have, with two portals; the password is the generic one still. */
export const CUSTOMER_ID = 2 * ONE_IN_USE_IN

/** One manager, the portals, and so many contacts with a login each. */
export async function fill(db: Db, contacts: number): Promise<void> {
  const passwords = createPasswords()
  const passwordHash = await passwords.hash(STAFF.password)
  await db.transaction(trx => addStaff(trx, { ...STAFF, role: 'manager', passwordHash }, Date.now()))
  for (const portal of PORTALS) await addPortal(db, system, portal, Date.now())
  const hash = await passwords.hash(GENERIC_PASSWORD)
  const companies = await addCompaniesOf(db, contacts)
  for (let first = 0; first < contacts; first += CHUNK) {
    const chunk = people(Math.min(CHUNK, contacts - first), { first, all: contacts })
    await db.transaction(trx => addPeople(trx, chunk, companies, hash))
  }
  await settle(db)
}

/** The companies of so many people, by name. */
export async function addCompaniesOf(db: Db, contacts: number): Promise<Map<string, number>> {
  const names = companiesFor(contacts)
  const rows = names.map(name => ({ name, email: null, phone: null, reference: null }))
  const ids: number[] = []
  for (let from = 0; from < rows.length; from += CHUNK) {
    ids.push(...(await db.transaction(trx => addCompanies(trx, rows.slice(from, from + CHUNK), Date.now()))))
  }
  return new Map(names.map((name, index) => [name, ids[index] ?? 0]))
}

/** Everybody gets one portal or two, and one in three has signed in. */
export async function addUse(db: Db): Promise<void> {
  const now = Date.now()
  const staff = (await db('staff_users').first<{ id: number }>('id')) ?? { id: 0 }
  const ids = (await db('portal_users').orderBy('id').select<{ id: number }[]>('id')).map(row => row.id)
  for (let from = 0; from < ids.length; from += CHUNK) {
    const pairs = ids
      .slice(from, from + CHUNK)
      .flatMap(id => portalsOf(id).map(portalId => ({ portalUserId: id, portalId })))
    await db.transaction(trx => giveAccess(trx, pairs, { source: 'staff', staff, batchId: null }, now))
  }
  await db('portal_users')
    .whereRaw('id % ? = 0', [ONE_IN_USE_IN])
    .update({
      must_change_password: false,
      temporary_password_expires_at: null,
      first_login_at: now,
      last_login_at: db.raw('cast(? as bigint) - id * 1000', [now]),
    })
  await settle(db)
}

/** Which portals somebody has in an office in use. */
export function portalsOf(portalUserId: number): number[] {
  return portalUserId % 2 === 0 ? [1, 2] : [1 + (portalUserId % PORTALS.length)]
}

/** As a database is that has been at rest for a while. */
async function settle(db: Db): Promise<void> {
  if (isPostgres(db)) await db.raw('vacuum (analyze)')
  else await refreshStatistics(db)
}

async function addPeople(trx: Db, chunk: Person[], companies: Map<string, number>, hash: string): Promise<void> {
  const now = Date.now()
  const companyOf = (person: Person): number | null => companies.get(person.company) ?? null
  const fields = chunk.map(person => {
    const { name, type: contactType, email, phone } = person
    const known = { companyId: companyOf(person), contactType, name, email, phone: phone || null }
    return { ...known, reference: null, notes: null }
  })
  const contactIds = await addContacts(trx, fields, now)
  const logins = chunk.map((person, index) => ({
    contactId: contactIds[index] ?? 0,
    companyId: companyOf(person),
    name: person.name,
    username: person.username,
    email: person.email,
    temporaryPasswordHash: hash,
  }))
  await addPortalUsers(trx, logins, now)
}

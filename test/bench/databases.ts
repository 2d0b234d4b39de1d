import { closeSync, copyFileSync, existsSync, fsyncSync, openSync } from 'node:fs'
import path from 'node:path'
import { system } from '../../src/core/actors.ts'
import { giveAccess } from '../../src/core/access/records.ts'
import { addCompanies } from '../../src/core/companies/records.ts'
import { addContacts } from '../../src/core/contacts/records.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { addPortalUsers } from '../../src/core/portal-users/records.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { addStaff } from '../../src/core/team/accounts.ts'
import { openDb, type Db } from '../../src/db/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { GENERIC_PASSWORD, people, PORTALS, type Person } from './people.ts'

export const STAFF = { name: 'Rosa Marsh', email: 'rosa@office.example', password: 'lantern orchard mosaic' }

const CHUNK = 5000

/** An office: one manager, three portals, and so many contacts, all of them with a login. */
export interface Office {
  contacts: number
  /** Whether the logins have portals, and some of their owners have been here. */
  inUse: boolean
}

/** A database file filled by the functions of the application, made once: measure on copies of it. Returns its path. */
export async function madeDatabase(folder: string, office: Office): Promise<string> {
  const file = path.join(folder, `${String(office.contacts)}${office.inUse ? '-in-use' : ''}.sqlite3`)
  if (existsSync(file)) return file
  const db = openDb(`sqlite:${file}`)
  try {
    await migrate(db)
    await fill(db, office)
  } finally {
    await db.destroy()
  }
  return file
}

/** A copy to measure on, already written to the disk. */
export function copyOf(file: string, name: string): string {
  const copy = path.join(path.dirname(file), `${name}.sqlite3`)
  copyFileSync(file, copy)
  const handle = openSync(copy, 'r+')
  fsyncSync(handle)
  closeSync(handle)
  return copy
}

async function fill(db: Db, { contacts, inUse }: Office): Promise<void> {
  const passwords = createPasswords()
  const passwordHash = await passwords.hash(STAFF.password)
  const staffId = await db.transaction(trx => addStaff(trx, { ...STAFF, role: 'manager', passwordHash }, Date.now()))
  for (const portal of PORTALS) await addPortal(db, system, portal, Date.now())
  const hash = await passwords.hash(GENERIC_PASSWORD)
  const everyone = people(contacts)
  const companies = await companiesOf(db, everyone)
  for (let from = 0; from < contacts; from += CHUNK) {
    const chunk = everyone.slice(from, from + CHUNK)
    await db.transaction(trx => addPeople(trx, chunk, { companies, hash, staffId, inUse }))
  }
}

/** The companies of these people, added, by name. */
export async function companiesOf(db: Db, everyone: Person[]): Promise<Map<string, number>> {
  const names = [...new Set(everyone.map(person => person.company))]
  const rows = names.map(name => ({ name, email: null, phone: null, reference: null }))
  const ids = names.length > 0 ? await db.transaction(trx => addCompanies(trx, rows, Date.now())) : []
  return new Map(names.map((name, index) => [name, ids[index] ?? 0]))
}

interface Filling {
  companies: Map<string, number>
  hash: string
  staffId: number
  inUse: boolean
}

async function addPeople(trx: Db, chunk: Person[], filling: Filling): Promise<void> {
  const now = Date.now()
  const companyOf = (person: Person): number | null => filling.companies.get(person.company) ?? null
  const fields = chunk.map(person => {
    const { name, type: contactType, email, phone } = person
    return { companyId: companyOf(person), contactType, name, email, phone, reference: null, notes: null }
  })
  const contactIds = await addContacts(trx, fields, now)
  const logins = chunk.map((person, index) => ({
    contactId: contactIds[index] ?? 0,
    companyId: companyOf(person),
    name: person.name,
    username: person.username,
    email: person.email,
    temporaryPasswordHash: filling.hash,
  }))
  const ids = await addPortalUsers(trx, logins, now)
  if (filling.inUse) await putToUse(trx, ids, filling.staffId, now)
}

/** Everybody has one portal or two, and one in three has signed in. */
async function putToUse(trx: Db, ids: number[], staffId: number, now: number): Promise<void> {
  const pairs = ids.flatMap(id => {
    const portals = id % 2 === 0 ? [1, 2] : [1 + (id % PORTALS.length)]
    return portals.map(portalId => ({ portalUserId: id, portalId }))
  })
  await giveAccess(trx, pairs, { source: 'staff', staff: { id: staffId }, batchId: null }, now)
  await trx('portal_users')
    .whereBetween('id', [ids[0] ?? 0, ids.at(-1) ?? 0])
    .whereRaw('id % 3 = 0')
    .update({ first_login_at: now, last_login_at: trx.raw('cast(? as bigint) - id * 1000', [now]) })
}

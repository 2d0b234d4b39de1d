import { giveAccess } from '../src/core/access/records.ts'
import { addCompanies } from '../src/core/companies/records.ts'
import { addContacts, type ContactFields } from '../src/core/contacts/records.ts'
import type { Passwords } from '../src/core/passwords.ts'
import { addPortalUsers } from '../src/core/portal-users/records.ts'
import { setOwnPassword } from '../src/core/portal-users/own-password.ts'
import { portalUserById, rememberPortalSignIn } from '../src/core/portal-users/sign-in.ts'
import { addPortal } from '../src/core/portals/portals.ts'
import { setRoles } from '../src/core/roles/holders.ts'
import { addRole } from '../src/core/roles/roles.ts'
import { addStaff } from '../src/core/team/accounts.ts'
import { system } from '../src/core/actors.ts'
import type { Db } from '../src/db/index.ts'
import { COMPANIES, PEOPLE, PORTALS, ROLES, type Person } from './small-office-people.ts'

/** Somebody who can sign in to the world *small office*. */
export interface SignIn {
  face: 'Staff' | 'Portal'
  who: string
  address: string
  name: string
  password: string
}

const STAFF = [
  { name: 'Rosa Marsh', email: 'rosa@harbourfinch.example', role: 'admin', password: 'lantern orchard mosaic' },
  { name: 'Imran Siddiqui', email: 'imran@harbourfinch.example', role: 'manager', password: 'velvet compass thirteen' },
  { name: 'Vera Lind', email: 'vera@harbourfinch.example', role: 'viewer', password: 'quiet harbour saxophone' },
] as const

const OWN_PASSWORD = 'copper kettle meadow'
const TEMPORARY_PASSWORD = 'welcome-2026'

/** Fills an empty database with an office of three, twelve companies, sixty contacts, three portals and two roles. */
export async function loadSmallOffice(db: Db, passwords: Passwords, now: number): Promise<void> {
  const staffIds: number[] = []
  for (const { password, ...staff } of STAFF) {
    const passwordHash = await passwords.hash(password)
    staffIds.push(await db.transaction(trx => addStaff(trx, { ...staff, passwordHash }, now)))
  }
  const portalIds: number[] = []
  for (const name of PORTALS) {
    const added = await addPortal(db, system, name, now)
    if (added.ok) portalIds.push(added.value)
  }
  const hash = await passwords.hash(TEMPORARY_PASSWORD)
  const logins = await db.transaction(async trx => {
    const companyIds = await addCompanies(trx, COMPANIES, now)
    const contactIds = await addContacts(
      trx,
      PEOPLE.map(person => contactOf(person, companyIds)),
      now,
    )
    const withLogin = PEOPLE.map((person, index) => ({ person, contactId: contactIds[index] ?? 0 })).filter(
      each => each.person.username,
    )
    const users = withLogin.map(({ person, contactId }) => ({
      contactId,
      companyId: companyIds[person.company] ?? null,
      name: person.name,
      username: person.username ?? '',
      email: person.email,
      temporaryPasswordHash: hash,
    }))
    const ids = await addPortalUsers(trx, users, now)
    const pairs = withLogin.flatMap(({ person }, index) =>
      person.portals.map(portal => ({ portalUserId: ids[index] ?? 0, portalId: portalIds[portal] ?? 0 })),
    )
    await giveAccess(trx, pairs, { source: 'staff', staff: { id: staffIds[0] ?? 0 }, batchId: null }, now)
    return withLogin.map(({ person }, index) => ({ person, id: ids[index] ?? 0 }))
  })
  await giveRoles(db, logins, now)
  const ownHash = await passwords.hash(OWN_PASSWORD)
  for (const { person, id } of logins) {
    if (person.seenDaysAgo !== null) await letSignIn(db, id, ownHash, now - person.seenDaysAgo * 86_400_000)
  }
}

async function giveRoles(db: Db, logins: { person: Person; id: number }[], now: number): Promise<void> {
  const held = new Map<number, number[]>()
  for (const { holders, ...fields } of ROLES) {
    const added = await addRole(db, system, fields, now)
    const people = logins.filter(({ person }) => holders.includes(person.name))
    if (added.ok) for (const { id } of people) held.set(id, [...(held.get(id) ?? []), added.value])
  }
  const wanted = [...held].map(([portalUserId, roleIds]) => ({ portalUserId, roleIds }))
  await db.transaction(trx => setRoles(trx, wanted))
}

async function letSignIn(db: Db, id: number, hash: string, then: number): Promise<void> {
  await db.transaction(trx => setOwnPassword(trx, { id }, hash, then))
  const user = await portalUserById(db, id)
  if (user) await rememberPortalSignIn(db, user, then)
}

function contactOf(person: Person, companyIds: number[]): ContactFields {
  return {
    companyId: companyIds[person.company] ?? null,
    contactType: person.type,
    name: person.name,
    email: person.email,
    phone: person.phone,
    reference: null,
    notes: null,
  }
}

/** Everyone whose sign-in the demo prints. */
export function smallOfficeSignIns(): SignIn[] {
  return [
    ...STAFF.map(({ name, email, role, password }) => ({
      face: 'Staff' as const,
      who: `${name}, ${role}`,
      address: '/staff',
      name: email,
      password,
    })),
    portalSignIn('Adaeze Okafor', 'three portals, one of them her own', OWN_PASSWORD),
    portalSignIn('Callum Reid', 'one portal, and that of Adaeze without one folder', OWN_PASSWORD),
    portalSignIn('Farid Rahimi', 'temporary password, to be replaced', TEMPORARY_PASSWORD),
  ]
}

function portalSignIn(who: string, what: string, password: string): SignIn {
  const person = PEOPLE.find(each => each.name === who)
  return { face: 'Portal', who: `${who}, ${what}`, address: '/portal', name: person?.username ?? '', password }
}

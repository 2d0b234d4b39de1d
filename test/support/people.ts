import { system } from '../../src/core/actors.ts'
import { giveAccess } from '../../src/core/access/records.ts'
import { addCompanies } from '../../src/core/companies/records.ts'
import { addContacts, type ContactFields } from '../../src/core/contacts/records.ts'
import { loginOfContact } from '../../src/core/portal-users/queries.ts'
import { addPortalUsers } from '../../src/core/portal-users/records.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import type { Browser } from './browser.ts'
import type { World } from './world.ts'

export const TEMPORARY_PASSWORD = 'harbour-0417'
export const OWN_PASSWORD = 'velvet anchor tuesday'

export interface SomePortal {
  id: number
  name: string
  slug: string
}

export interface SomePortalUser {
  id: number
  contactId: number
  name: string
  username: string
  email: string | null
  password: string
}

/** A shared portal that is switched on. */
export async function aPortal(world: World, name: string): Promise<SomePortal> {
  const added = await addPortal(world.db, system, name, world.now())
  if (!added.ok) throw new Error(`The portal ${name} could not be added: ${added.error}`)
  const row = await world.db('portals').where({ id: added.value }).first<{ slug: string }>('slug')
  return { id: added.value, name, slug: row.slug }
}

/** A contact with a login; the password is a temporary one unless `own` says that they have chosen it. */
export async function aPortalUser(
  world: World,
  who: {
    name: string
    username?: string
    email?: string | null
    password?: string
    portals?: SomePortal[]
    own?: boolean
  },
): Promise<SomePortalUser> {
  const plain = who.name.toLowerCase().replace(/\W+/g, '.')
  const { name, username = plain, email = `${plain}@customer.example`, portals = [], own = true } = who
  const password = who.password ?? (own ? OWN_PASSWORD : TEMPORARY_PASSWORD)
  const temporaryPasswordHash = await world.deps.passwords.hash(password)
  const now = world.now()
  return world.db.transaction(async trx => {
    const contact = {
      companyId: null,
      contactType: 'client' as const,
      name,
      email,
      phone: null,
      reference: null,
      notes: null,
    }
    const [contactId = 0] = await addContacts(trx, [contact], now)
    const login = { contactId, companyId: null, name, username, email, temporaryPasswordHash }
    const [id = 0] = await addPortalUsers(trx, [login], now)
    if (own)
      await trx('portal_users')
        .where({ id })
        .update({ must_change_password: false, temporary_password_expires_at: null })
    const staff = await aGranter(trx, now)
    const pairs = portals.map(portal => ({ portalUserId: id, portalId: portal.id }))
    await giveAccess(trx, pairs, { source: 'staff', staff, batchId: null }, now)
    return { id, contactId, name, username, email, password }
  })
}

/** Signs somebody in to the portal by hand, wherever that leads. */
export async function signInToPortal(browser: Browser, name: string, password: string): Promise<void> {
  await browser.open('/portal/sign-in')
  browser.fill('Username', name)
  browser.fill('Password', password)
  await browser.press('Sign in')
}

async function aGranter(trx: World['db'], now: number): Promise<{ id: number }> {
  const first = await trx('staff_users').first<{ id: number } | undefined>('id')
  if (first) return first
  const email = 'granter@office.example'
  const [row] = await trx('staff_users')
    .insert({ name: 'Gail Granter', email, email_normalized: email, role: 'manager', created_at: now, updated_at: now })
    .returning<{ id: number }[]>('id')
  return row ?? { id: 0 }
}

/** A contact without a login. */
export async function aContact(world: World, name: string, more: Partial<ContactFields> = {}): Promise<number> {
  const fields = {
    companyId: null,
    contactType: 'client' as const,
    name,
    email: null,
    phone: null,
    reference: null,
    notes: null,
  }
  const [id = 0] = await world.db.transaction(trx => addContacts(trx, [{ ...fields, ...more }], world.now()))
  return id
}

export async function aCompany(world: World, name: string): Promise<number> {
  const company = { name, email: null, phone: null, reference: null }
  const [id = 0] = await world.db.transaction(trx => addCompanies(trx, [company], world.now()))
  return id
}

/** Many contacts at once, called "Contact 00001" and so on; with a login each if wanted. */
export async function manyContacts(world: World, how: { count: number; login?: boolean }): Promise<number[]> {
  const people = Array.from({ length: how.count }, (_, index) => {
    const number = String(index + 1).padStart(5, '0')
    const email = `contact${number}@customer.example`
    return {
      companyId: null,
      contactType: 'client' as const,
      name: `Contact ${number}`,
      email,
      phone: null,
      reference: null,
      notes: null,
    }
  })
  const temporaryPasswordHash = await world.deps.passwords.hash(TEMPORARY_PASSWORD)
  return world.db.transaction(async trx => {
    const ids = await addContacts(trx, people, world.now())
    const logins = people.map(({ name, email }, index) => {
      return { contactId: ids[index] ?? 0, companyId: null, name, username: email, email, temporaryPasswordHash }
    })
    if (how.login) await addPortalUsers(trx, logins, world.now())
    return ids
  })
}

/** The names of the portals that a contact's login may open. */
export async function portalsOf(world: World, contactId: number): Promise<string[]> {
  return (await loginOfContact(world.db, contactId))?.portals.map(portal => portal.name) ?? []
}

import { system } from '../../src/core/actors.ts'
import { giveAccess } from '../../src/core/access/records.ts'
import { addContacts } from '../../src/core/contacts/records.ts'
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

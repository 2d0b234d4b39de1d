import { WHOLE_CONTACT } from '../contacts/queries.ts'
import type { Knex } from 'knex'
import { listed, listedTexts } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { accessOf, type AccessRow } from '../access/records.ts'
import type { ContactFields } from '../contacts/records.ts'
import { emailKey } from '../email-address.ts'
import { normalized } from '../names.ts'
import { confirmsEmail, type PortalUserRecord } from '../portal-users/one.ts'
import { takenNames } from '../portal-users/records.ts'
import { sharedPortals } from '../portals/portals.ts'
import { keysOf, type ContactRow } from './contact-row.ts'

export interface KnownContact extends ContactFields {
  id: number
  version: number
  company: string | null
  archived: boolean
}

export interface KnownLogin {
  id: number
  contactId: number
  name: string
  username: string
  email: string | null
  /** Whether they have chosen their password themselves. */
  hasOwnPassword: boolean
  /** Whether only they can say that a new sign-in address is theirs. */
  confirmsEmail: boolean
  /** Its access to shared portals. */
  access: AccessRow[]
}

/** What the database knows about everybody and everything that some rows speak of. */
export interface Known {
  contacts: Map<number, KnownContact>
  contactsByEmail: Map<string, number[]>
  contactsByReference: Map<string, { id: number; name: string }>
  logins: Map<number, KnownLogin>
  /** The contact of the login with this username; null for a login without one. */
  contactByUsername: Map<string, number | null>
  /** Whose every sign-in name is: the id of the login, and the name of the person. */
  names: Map<string, { loginId: number; name: string }>
  companies: Map<string, number[]>
  portalsByName: Map<string, { id: number; name: string }>
  portals: Map<number, string>
}

/** Looks everything up at once. Inside a transaction the contacts and their logins stay as they are until it ends. */
export async function knownAbout(db: Db, rows: ContactRow[]): Promise<Known> {
  const keys = rows.map(keysOf)
  const emails = given(keys.map(key => key.email))
  const usernames = given(keys.map(key => key.username))
  const byEmail = await contactsWithEmail(db, emails)
  const byUsername = await loginsNamed(db, usernames)
  const byReference = await contactsWithReference(db, given(keys.map(key => key.reference)))
  const contactIds = [
    ...given(keys.map(key => key.contactId)),
    ...byEmail.map(row => row.id),
    ...given(byUsername.map(row => row.contactId)),
  ]
  const contacts = await contactsWithId(db, [...new Set(contactIds)])
  const portals = await sharedPortals(db)
  const logins = await loginsOf(
    db,
    contacts.map(contact => contact.id),
    new Set(portals.map(portal => portal.id)),
  )
  const ownEmails = given(contacts.map(contact => (contact.email === null ? null : emailKey(contact.email))))
  return {
    contacts: new Map(contacts.map(contact => [contact.id, contact])),
    contactsByEmail: grouped(byEmail.map(row => [row.key, row.id])),
    contactsByReference: new Map(byReference.map(row => [row.reference, row])),
    logins: new Map(logins.map(login => [login.contactId, login])),
    contactByUsername: new Map(byUsername.map(row => [row.key, row.contactId])),
    names: await ownersOf(db, [...new Set([...emails, ...usernames, ...given(usernames.map(emailKey)), ...ownEmails])]),
    companies: await companiesNamed(db, given(rows.map(row => row.values.company)).map(normalized)),
    portalsByName: new Map(portals.map(portal => [normalized(portal.name), portal])),
    portals: new Map(portals.map(portal => [portal.id, portal.name])),
  }
}

async function contactsWithId(db: Db, ids: number[]): Promise<KnownContact[]> {
  if (ids.length === 0) return []
  const rows = await forChange(db, 'contacts')
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .whereIn('contacts.id', listed(db, ids))
    .orderBy('contacts.id')
    .select<(KnownContact & { archivedAt: number | null })[]>(...WHOLE_CONTACT)
  return rows.map(({ archivedAt, ...contact }) => ({ ...contact, archived: archivedAt !== null }))
}

async function contactsWithEmail(db: Db, emails: string[]): Promise<{ id: number; key: string }[]> {
  if (emails.length === 0) return []
  return db('contacts')
    .whereIn('email_normalized', listedTexts(db, emails))
    .orderBy('id')
    .select<{ id: number; key: string }[]>('id', 'email_normalized as key')
}

async function contactsWithReference(
  db: Db,
  references: string[],
): Promise<{ id: number; name: string; reference: string }[]> {
  if (references.length === 0) return []
  return db('contacts')
    .whereIn('reference', listedTexts(db, references))
    .select<{ id: number; name: string; reference: string }[]>('id', 'name', 'reference')
}

async function loginsNamed(db: Db, usernames: string[]): Promise<{ contactId: number | null; key: string }[]> {
  if (usernames.length === 0) return []
  return db('portal_users')
    .whereIn('username_normalized', listedTexts(db, usernames))
    .whereNull('deleted_at')
    .select<{ contactId: number | null; key: string }[]>('contact_id as contactId', 'username_normalized as key')
}

type LoginRow = Omit<KnownLogin, 'access' | 'hasOwnPassword' | 'confirmsEmail'> &
  Pick<PortalUserRecord, 'status' | 'mustChangePassword' | 'firstLoginAt'>

async function loginsOf(db: Db, contactIds: number[], shared: Set<number>): Promise<KnownLogin[]> {
  if (contactIds.length === 0) return []
  const rows = await forChange(db, 'portal_users')
    .whereIn('contact_id', listed(db, contactIds))
    .whereNull('deleted_at')
    .orderBy('id')
    .select<LoginRow[]>(
      'id',
      'contact_id as contactId',
      'name',
      'username',
      'email',
      'status',
      'must_change_password as mustChangePassword',
      'first_login_at as firstLoginAt',
    )
  const access =
    rows.length > 0
      ? await accessOf(
          db,
          rows.map(row => row.id),
        )
      : []
  const byLogin = grouped(access.filter(row => shared.has(row.portalId)).map(row => [row.portalUserId, row]))
  return rows.map(({ status, mustChangePassword, firstLoginAt, ...login }) => ({
    ...login,
    hasOwnPassword: !mustChangePassword,
    confirmsEmail: confirmsEmail({ status, mustChangePassword, firstLoginAt }),
    access: byLogin.get(login.id) ?? [],
  }))
}

async function ownersOf(db: Db, names: string[]): Promise<Known['names']> {
  const taken = await takenNames(db, names)
  if (taken.size === 0) return new Map()
  const people = await db('portal_users')
    .whereIn('id', listed(db, [...new Set(taken.values())]))
    .select<{ id: number; name: string }[]>('id', 'name')
  const nameOf = new Map(people.map(person => [person.id, person.name]))
  return new Map([...taken].map(([name, loginId]) => [name, { loginId, name: nameOf.get(loginId) ?? '' }]))
}

async function companiesNamed(db: Db, names: string[]): Promise<Map<string, number[]>> {
  if (names.length === 0) return new Map()
  const rows = await db('companies')
    .whereIn('name_normalized', listedTexts(db, [...new Set(names)]))
    .whereNull('archived_at')
    .orderBy('id')
    .select<{ id: number; key: string }[]>('id', 'name_normalized as key')
  return grouped(rows.map(row => [row.key, row.id]))
}

function forChange(db: Db, table: string): Knex.QueryBuilder {
  return db.isTransaction ? db(table).forUpdate(table) : db(table)
}

function given<T>(values: (T | null | undefined)[]): T[] {
  return [...new Set(values.filter(value => value !== null && value !== undefined))]
}

function grouped<K, V>(pairs: [K, V][]): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}

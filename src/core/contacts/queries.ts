import type { Knex } from 'knex'
import { jsonWords, listIn, rowsOf, together, type Json } from '../../db/asked.ts'
import { listed } from '../../db/bulk.ts'
import { isPostgres, type Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'
import { normalized } from '../names.ts'
import { ALL_CONTACTS, contactsMatching, portalWay, type ContactFilter } from './filter.ts'
import type { ContactSort } from './order.ts'
import { orderedIds, type Stretch } from './pages.ts'
import type { ContactFields } from './records.ts'
import { isIndexed } from '../trigrams.ts'
import { liveWith } from './search.ts'

/** One line of the contacts list. `username` is null for a contact without a login. */
export interface ContactRow {
  id: number
  name: string
  company: string | null
  email: string | null
  username: string | null
  disabled: boolean
  lastSignIn: number | null
  /** By name, without the portal of the contact itself. */
  portals: string[]
  /** Has access to the portal of the contact itself. */
  ownPortal: boolean
}

/** How many match. For a page that shows it again and again, see `contactsNow`. */
export async function countContacts(db: Db, filter: ContactFilter): Promise<number> {
  const counted = isOnlyText(db, filter)
    ? liveWith(db, filter.text)
    : contactsMatching(db, filter, { text: 'at-first', portal: await portalWay(db, filter) })
  const [row] = await counted.count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** One page of the contacts that match. A page past the end is empty. */
export async function contactsPage(
  db: Db,
  filter: ContactFilter,
  sort: ContactSort,
  stretch: Stretch,
): Promise<ContactRow[]> {
  return contactRows(db, await orderedIds(db, filter, sort, stretch))
}

/** The list lines of these contacts, in the order of the ids. */
export async function contactRows(db: Db, ids: number[]): Promise<ContactRow[]> {
  if (ids.length === 0) return []
  const [row] = await rowsOf<{ lines: Json<Line[]> }>(db, `select ${linesColumn(db)} as lines`, [JSON.stringify(ids)])
  return rowsIn(row?.lines ?? null, ids)
}

/** The lines of contacts as a column of a statement in text, for `rowsIn`; its `?` is their ids as JSON. */
export function linesColumn(db: Db): string {
  const { list, all } = jsonWords(db)
  const every = isPostgres(db)
    ? 'select value::bigint as id from json_array_elements_text(?::json)'
    : 'select value as id from json_each(?)'
  const portals = `select ${all}(${list}(held.name, held.contact_id)) from (
      select portals.name, portals.contact_id from portal_access join portals on portals.id = portal_access.portal_id
      where portal_access.portal_user_id = portal_users.id and portal_access.revoked_at is null and portals.removed_at is null
      order by portals.name_normalized, portals.id) as held`
  return `(select ${all}(${list}(contacts.id, contacts.name, companies.name, contacts.email, portal_users.username,
      portal_users.status, portal_users.last_login_at, (${portals})))
    from (${every}) as shown join contacts on contacts.id = shown.id
    left join companies on companies.id = contacts.company_id
    left join portal_users on portal_users.contact_id = contacts.id and portal_users.deleted_at is null)`
}

/** The contacts that such a column holds, in the order of these ids. */
export function rowsIn(lines: Json<Line[]>, ids: number[]): ContactRow[] {
  const byId = new Map(listIn(lines).map(line => [line[0], line]))
  return ids.flatMap(id => {
    const line = byId.get(id)
    return line ? [contactRow(line)] : []
  })
}

/** A contact with all that an export holds; the portals are shared ones, as only these can be imported. */
export interface ContactRecord extends Omit<ContactFields, 'companyId'> {
  id: number
  company: string | null
  username: string | null
  portals: string[]
}

const IN_RECORD = ['id', 'name', 'contactType', 'company', 'email', 'phone', 'reference', 'notes', 'username'] as const

/** All that an export holds of these contacts, in the order of their ids. */
export async function contactRecords(db: Db, ids: number[]): Promise<ContactRecord[]> {
  const { contacts, portals } = await together<{
    contacts: Omit<ContactRecord, 'portals'>
    portals: { contactId: number; name: string }
  }>(db, {
    contacts: { query: recordsOf(db, ids), columns: IN_RECORD },
    portals: { query: sharedPortalsOf(db, ids), columns: ['contactId', 'name'] },
  })
  const names = new Map(ids.map((id): [number, string[]] => [id, []]))
  for (const { contactId, name } of portals) names.get(contactId)?.push(name)
  return contacts.map(contact => ({ ...contact, portals: names.get(contact.id) ?? [] }))
}

function recordsOf(db: Db, ids: number[]): Knex.QueryBuilder {
  return db('contacts')
    .leftJoin('portal_users', join => {
      void join.on('portal_users.contact_id', 'contacts.id').andOnNull('portal_users.deleted_at')
    })
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .whereIn('contacts.id', listed(db, ids))
    .orderBy('contacts.id')
    .select(
      'contacts.id',
      'contacts.name',
      'contacts.contact_type as contactType',
      'companies.name as company',
      'contacts.email',
      'contacts.phone',
      'contacts.reference',
      'contacts.notes',
      'portal_users.username',
    )
}

function sharedPortalsOf(db: Db, ids: number[]): Knex.QueryBuilder {
  return db('portal_users')
    .join('portal_access', 'portal_access.portal_user_id', 'portal_users.id')
    .join('portals', 'portals.id', 'portal_access.portal_id')
    .whereIn('portal_users.contact_id', listed(db, ids))
    .whereNull('portal_users.deleted_at')
    .whereNull('portal_access.revoked_at')
    .whereNull('portals.removed_at')
    .whereNull('portals.contact_id')
    .orderBy([{ column: 'portals.name_normalized' }, { column: 'portals.id' }])
    .select('portal_users.contact_id as contactId', 'portals.name')
}

export interface Contact extends ContactFields {
  id: number
  version: number
  company: string | null
  archivedAt: number | null
}

/** All of a contact, from `contacts` joined with `companies`. */
export const WHOLE_CONTACT = [
  'contacts.id',
  'contacts.version',
  'contacts.company_id as companyId',
  'companies.name as company',
  'contacts.contact_type as contactType',
  'contacts.name',
  'contacts.email',
  'contacts.phone',
  'contacts.reference',
  'contacts.notes',
  'contacts.archived_at as archivedAt',
]

export async function contact(db: Db, id: number): Promise<Contact | null> {
  const row = await db('contacts')
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .where('contacts.id', id)
    .first<Contact | undefined>(...WHOLE_CONTACT)
  return row ?? null
}

/**
 * Other live contacts that may be the same person: the same address, or the same name in the same company. At most
 * five.
 */
export async function likelyDuplicates(
  db: Db,
  fields: ContactFields,
  exceptId: number,
): Promise<{ id: number; name: string; email: string | null }[]> {
  const key = fields.email === null ? null : emailKey(fields.email)
  return db('contacts')
    .whereNull('archived_at')
    .whereNot('id', exceptId)
    .where(any => {
      void any.where({ name_normalized: normalized(fields.name), company_id: fields.companyId })
      if (key) void any.orWhere({ email_normalized: key })
    })
    .orderBy('id')
    .limit(5)
    .select<{ id: number; name: string; email: string | null }[]>('id', 'name', 'email')
}

/** Whether the index of texts alone knows how many there are. */
function isOnlyText(db: Db, filter: ContactFilter): boolean {
  const others = Object.keys(ALL_CONTACTS).filter((name): name is keyof ContactFilter => name !== 'text')
  const plain = others.every(name => !filter[name] || (name === 'company' && !normalized(filter.company)))
  return plain && isIndexed(filter.text) && !isPostgres(db)
}

/** What `linesColumn` holds of a contact. */
export type Line = [
  id: number,
  name: string,
  company: string | null,
  email: string | null,
  username: string | null,
  status: string | null,
  lastSignIn: number | null,
  portals: [name: string, contactId: number | null][] | null,
]

function contactRow([id, name, company, email, username, status, lastSignIn, portals]: Line): ContactRow {
  const all = portals ?? []
  const others = all.filter(([, contactId]) => contactId !== id).map(([portal]) => portal)
  const ownPortal = others.length < all.length
  return { id, name, company, email, username, disabled: status === 'disabled', lastSignIn, portals: others, ownPortal }
}

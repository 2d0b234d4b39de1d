import type { Knex } from 'knex'
import { isPostgres, type Db } from '../../db/index.ts'
import { beyond, type Beyond } from '../stretch.ts'
import { onlyMatching, type ContactFilter, type Ways } from './filter.ts'

export type ContactOrder = 'name' | 'company' | 'email' | 'last-sign-in'

export interface ContactSort {
  by: ContactOrder
  descending: boolean
}

/**
 * How a list is read: which way each thing is looked for, and whether few match, so that they are sorted in no time.
 */
export type Reading = Ways & { few: boolean }

/** Where somebody stands in an order: in which part of it, and by what values. */
export interface Place {
  part: number
  values: (string | number)[]
}

/**
 * Queries that make up the list one after the other; those behind a place only, if one is given. Contacts without the value
 * come last; turned round, everything is exactly the other way.
 */
export function partsInOrder(
  db: Db,
  filter: ContactFilter,
  sort: ContactSort,
  { few, ...ways }: Reading,
  behind: Place | null = null,
): Knex.QueryBuilder[] {
  const parts = orders[sort.by](few || filter.archived ? asPlanned(db) : byIndex(db))
  const wanted = behind ? partsBehind(parts, behind, sort.descending) : parts.map(part => ({ part, seek: null }))
  const way = sort.descending ? 'desc' : 'asc'
  const queries = wanted.map(({ part, seek }) => {
    const query = onlyMatching(db, db.from(part.from).whereRaw(part.where ?? '1 = 1'), filter, ways)
    if (seek) void query.whereRaw(seek.sql, seek.values)
    return query.orderByRaw([...part.columns, part.id ?? 'contacts.id'].map(column => `${column} ${way}`).join(', '))
  })
  return sort.descending ? queries.toReversed() : queries
}

/** Where a contact stands now; null when it is gone. */
export async function placeOf(db: Db, by: ContactOrder, id: number): Promise<Place | null> {
  const row = await db('contacts')
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .leftJoin('portal_users', join => {
      void join.on('portal_users.contact_id', 'contacts.id').andOnNull('portal_users.deleted_at')
    })
    .where('contacts.id', id)
    .first<Standing | undefined>(
      'contacts.name_normalized as name',
      'contacts.email_normalized as email',
      'companies.id as companyId',
      'companies.name_normalized as company',
      'portal_users.last_login_at as lastSignIn',
    )
  if (!row) return null
  const values = valuesIn(by, row)
  return values ? { part: 0, values: [...values, id] } : { part: 1, values: [id] }
}

interface Standing {
  name: string
  email: string | null
  companyId: number | null
  company: string | null
  lastSignIn: number | null
}

function valuesIn(by: ContactOrder, { name, email, companyId, company, lastSignIn }: Standing) {
  switch (by) {
    case 'name':
      return [name]
    case 'email':
      return email === null ? null : [email]
    case 'company':
      return companyId === null || company === null ? null : [company, companyId]
    case 'last-sign-in':
      return lastSignIn === null ? null : [lastSignIn]
  }
}

interface Part {
  from: Knex.Raw
  where?: string
  columns: string[]
  /** What stands for the id of the contact, where not that itself. */
  id?: string
  /**
   * The contacts that stand together in this part, if an index cannot seek among them and in the whole part at once.
   */
  together?: Part & { same: string }
}

interface Seek {
  part: Part
  seek: Beyond | null
}

/** What is left of the parts behind a place, in their own order. */
function partsBehind(parts: Part[], { part: at, values }: Place, descending: boolean): Seek[] {
  const part = parts[at]
  if (!part) return []
  const others = (descending ? parts.slice(0, at) : parts.slice(at + 1)).map(whole => ({ part: whole, seek: null }))
  const own = seeksIn(part, values, descending)
  return descending ? [...others, ...own.toReversed()] : [...own, ...others]
}

function seeksIn(part: Part, values: (string | number)[], descending: boolean): Seek[] {
  const { together } = part
  if (!together) return [{ part, seek: beyond([...part.columns, part.id ?? 'contacts.id'], values, descending) }]
  const [own, id] = values.slice(-2) as [number, number]
  const sign = descending ? '<' : '>'
  return [
    { part: together, seek: { sql: `${together.same} = ? and contacts.id ${sign} ?`, values: [own, id] } },
    { part, seek: beyond(part.columns, values.slice(0, -1), descending) },
  ]
}

/** How a query names what it reads, which tells SQLite where to begin; PostgreSQL weighs the limit by itself. */
interface Naming {
  contacts: (index: string) => Knex.Raw
  through: (table: string, on: string) => Knex.Raw
}

function asPlanned(db: Db): Naming {
  return { contacts: () => db.raw('contacts'), through: (table, on) => db.raw(`${table} join contacts on ${on}`) }
}

function byIndex(db: Db): Naming {
  if (isPostgres(db)) return asPlanned(db)
  return {
    contacts: index => db.raw(`contacts indexed by ${index}`),
    through: (table, on) => db.raw(`${table} cross join contacts on ${on}`),
  }
}

const HAS_SIGNED_IN =
  'portal_users.contact_id = contacts.id and portal_users.deleted_at is null and portal_users.last_login_at is not null'

const orders: Record<ContactOrder, (naming: Naming) => Part[]> = {
  name: ({ contacts }) => [{ from: contacts('contacts_by_name'), columns: ['contacts.name_normalized'] }],
  email: ({ contacts }) => [
    {
      from: contacts('contacts_by_email'),
      where: 'contacts.email_normalized is not null',
      columns: ['contacts.email_normalized'],
    },
    { from: contacts('contacts_without_email'), where: 'contacts.email_normalized is null', columns: [] },
  ],
  company: ({ contacts, through }) => [
    {
      from: through('companies', 'contacts.company_id = companies.id'),
      columns: ['companies.name_normalized', 'companies.id'],
      together: { from: contacts('contacts_by_company'), columns: [], same: 'contacts.company_id' },
    },
    { from: contacts('contacts_without_company'), where: 'contacts.company_id is null', columns: [] },
  ],
  'last-sign-in': ({ contacts, through }) => [
    {
      from: through('portal_users', 'contacts.id = portal_users.contact_id'),
      where: `portal_users.contact_id is not null and ${HAS_SIGNED_IN}`,
      columns: ['portal_users.last_login_at'],
      id: 'portal_users.contact_id',
    },
    {
      from: contacts('contacts_live'),
      where: `not exists (select 1 from portal_users where ${HAS_SIGNED_IN})`,
      columns: [],
    },
  ],
}

import type { Knex } from 'knex'
import { isPostgres, type Db } from '../../db/index.ts'
import { onlyMatching, portalWay, type ContactFilter, type Ways } from './filter.ts'

export type ContactOrder = 'name' | 'company' | 'email' | 'last-sign-in'

export interface ContactSort {
  by: ContactOrder
  descending: boolean
}

/** Where a page lies in a list, and how many match in all. */
export interface Stretch {
  page: number
  perPage: number
  total: number
}

/** So many are sorted in no time; of more than that, an index is read in order until the page is full. */
const FEW = 1000

/** Of more than that, a page near the beginning is full before the index could say who has a text. */
const RATHER_MANY = 20_000
const NEAR_PAGES = 20

/**
 * The ids of one page of the contacts that match. Contacts without the value come last; turned round, everything is exactly
 * the other way.
 */
export async function orderedIds(
  db: Db,
  filter: ContactFilter,
  sort: ContactSort,
  { page, perPage, total }: Stretch,
): Promise<number[]> {
  if (total === 0) return []
  const parts = partsInOrder(db, filter, sort, {
    few: total <= FEW,
    portal: total <= FEW ? await portalWay(db, filter) : 'in-each',
    text: total <= RATHER_MANY || page > NEAR_PAGES ? 'at-first' : 'in-each',
  })
  const ids: number[] = []
  let offset = (page - 1) * perPage
  for (const part of parts) {
    ids.push(...(await idsOf(part, offset, perPage - ids.length)))
    if (ids.length === perPage) break
    if (part !== parts.at(-1)) offset = ids.length > 0 ? 0 : offset - (await countOf(part))
  }
  return ids
}

/** Queries that make up the list one after the other. */
export function partsInOrder(
  db: Db,
  filter: ContactFilter,
  sort: ContactSort,
  { few, ...ways }: Ways & { few: boolean },
): Knex.QueryBuilder[] {
  const way = sort.descending ? 'desc' : 'asc'
  const parts = orders[sort.by](few || filter.archived ? asPlanned(db) : byIndex(db))
  const queries = parts.map(({ from, where, columns }) =>
    onlyMatching(db, db.from(from).whereRaw(where ?? '1 = 1'), filter, ways).orderByRaw(
      [...columns, 'contacts.id'].map(column => `${column} ${way}`).join(', '),
    ),
  )
  return sort.descending ? queries.toReversed() : queries
}

interface Part {
  from: Knex.Raw
  where?: string
  columns: string[]
}

/** How a query names what it reads, which tells SQLite where to begin; PostgreSQL weighs the limit by itself. */
interface Reading {
  contacts: (index: string) => Knex.Raw
  through: (table: string, on: string) => Knex.Raw
}

function asPlanned(db: Db): Reading {
  return { contacts: () => db.raw('contacts'), through: (table, on) => db.raw(`${table} join contacts on ${on}`) }
}

function byIndex(db: Db): Reading {
  if (isPostgres(db)) return asPlanned(db)
  return {
    contacts: index => db.raw(`contacts indexed by ${index}`),
    through: (table, on) => db.raw(`${table} cross join contacts on ${on}`),
  }
}

const HAS_SIGNED_IN =
  'portal_users.contact_id = contacts.id and portal_users.deleted_at is null and portal_users.last_login_at is not null'

const orders: Record<ContactOrder, (reading: Reading) => Part[]> = {
  name: ({ contacts }) => [{ from: contacts('contacts_by_name'), columns: ['contacts.name_normalized'] }],
  email: ({ contacts }) => [
    {
      from: contacts('contacts_by_email'),
      columns: ['(contacts.email_normalized is null)', 'contacts.email_normalized'],
    },
  ],
  company: ({ contacts, through }) => [
    {
      from: through('companies', 'contacts.company_id = companies.id'),
      columns: ['companies.name_normalized', 'companies.id'],
    },
    { from: contacts('contacts_by_company'), where: 'contacts.company_id is null', columns: [] },
  ],
  'last-sign-in': ({ contacts, through }) => [
    {
      from: through('portal_users', 'contacts.id = portal_users.contact_id'),
      where: `portal_users.contact_id is not null and ${HAS_SIGNED_IN}`,
      columns: ['portal_users.last_login_at'],
    },
    {
      from: contacts('contacts_live'),
      where: `not exists (select 1 from portal_users where ${HAS_SIGNED_IN})`,
      columns: [],
    },
  ],
}

async function idsOf(part: Knex.QueryBuilder, offset: number, limit: number): Promise<number[]> {
  const rows = await part.clone().select<{ id: number }[]>('contacts.id as id').offset(offset).limit(limit)
  return rows.map(row => row.id)
}

async function countOf(part: Knex.QueryBuilder): Promise<number> {
  const [row] = await part.clone().clearOrder().count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

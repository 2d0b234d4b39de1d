import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import {
  countedUpTo,
  inOrderOf,
  stretchOfIds,
  type Counted,
  type ListOrder,
  type Stretch,
  type Stretched,
} from '../stretch.ts'
import { wayToFind, whereText, type Searched, type Way } from '../trigrams.ts'

/** Which portal users a list, or "all that match", speaks of. Empty parts let everybody through. */
export interface PortalUserFilter {
  /** Looked for in company, email, username and name. */
  text: string
  /** Only those in this selection. */
  selection: string | null
}

export const ALL_PORTAL_USERS: PortalUserFilter = { text: '', selection: null }

export type PortalUserOrder = 'company' | 'email'

export interface PortalUserSort {
  by: PortalUserOrder
  descending: boolean
}

/**
 * How somebody stands with signing in. `expired`: the temporary password was not used in time. `no-password`: they have a link
 * to choose one; `link-expired`: and did not use it in time.
 */
export type PortalUserState =
  'active' | 'temporary-password' | 'expired' | 'no-password' | 'link-expired' | 'disabled' | 'invited'

/** One line of the list of portal users. `email` is the username for somebody without an address. */
export interface PortalUserRow {
  id: number
  company: string | null
  email: string
  state: PortalUserState
  lastSignIn: number | null
}

/** The portal users that match and are not deleted, as a query over `portal_users`. */
export function portalUsersMatching(db: Db, filter: PortalUserFilter, ways: Ways = AT_FIRST): Knex.QueryBuilder {
  const query = db('portal_users').whereNull('portal_users.deleted_at')
  void whereText(query, db, SEARCHED, filter.text, ways.text)
  if (filter.selection === null) return query
  const selected = db('selection_items').where('selection_id', filter.selection)
  if (ways.selection === 'at-first') return query.whereIn('portal_users.id', selected.select('subject_id'))
  return query.whereExists(selected.whereRaw('selection_items.subject_id = portal_users.id').select(db.raw('1')))
}

/** How many match; counted up to a point only. */
export async function countPortalUsers(db: Db, filter: PortalUserFilter): Promise<Counted> {
  return countedUpTo(db, portalUsersMatching(db, filter, await waysTo(db, filter)))
}

/** One page of the portal users that match; one past the end is empty. */
export async function portalUsersPage(
  db: Db,
  filter: PortalUserFilter,
  sort: PortalUserSort,
  stretch: Stretch,
  now: number,
): Promise<Stretched<PortalUserRow>> {
  const found = portalUsersMatching(db, filter, await waysTo(db, filter))
  const { rows: ids, next } = await stretchOfIds(db, found, portalUserOrder(sort), stretch)
  if (ids.length === 0) return { rows: [], next }
  const rows = await withCompanies(db('portal_users'))
    .whereIn('portal_users.id', ids)
    .select<FoundRow[]>(
      ...COLUMNS,
      passwordColumn(db),
      db.raw('coalesce(portal_users.email, portal_users.username) as email'),
    )
  return { rows: inOrderOf(ids, rows).map(row => rowFrom(row, now)), next }
}

/** Those without a company come last; turned round, everything is exactly the other way. */
export function portalUserOrder({ by, descending }: PortalUserSort): ListOrder {
  const company = by === 'company' ? ['portal_users.company_order'] : []
  return { table: 'portal_users', by: [...company, 'portal_users.email_order'], descending }
}

/** The portal users of these ids that are not deleted. */
export function portalUsersOf(db: Db, ids: number[]): Knex.QueryBuilder {
  return db('portal_users').whereNull('portal_users.deleted_at').whereIn('portal_users.id', listed(db, ids))
}

/** How somebody stands with signing in at this moment, from the columns that say it. */
export function portalUserState(
  row: {
    status: string
    hasPassword: boolean | number
    mustChangePassword: boolean | number
    temporaryPasswordExpiresAt: number | null
  },
  now: number,
): PortalUserState {
  if (row.status === 'disabled' || row.status === 'invited') return row.status
  if (!row.mustChangePassword) return 'active'
  const expiresAt = row.temporaryPasswordExpiresAt
  const isOver = expiresAt !== null && expiresAt <= now
  if (!row.hasPassword) return isOver ? 'link-expired' : 'no-password'
  return isOver ? 'expired' : 'temporary-password'
}

/** Whether the portal user of a row has any password, as a column of that name; what it is stays in the database. */
export function passwordColumn(db: Db): Knex.Raw {
  return db.raw('(portal_users.password_hash is not null) as ??', ['hasPassword'])
}

/** Joins contact and company: somebody without a company of their own has that of their contact. */
export function withCompanies(query: Knex.QueryBuilder): Knex.QueryBuilder {
  return query
    .leftJoin('contacts', 'contacts.id', 'portal_users.contact_id')
    .joinRaw('left join companies on companies.id = coalesce(portal_users.company_id, contacts.company_id)')
}

/** Name, username, email and company of somebody, kept as one text. */
export const SEARCHED: Searched = { table: 'portal_users', column: 'search', texts: 'portal_user_search' }

const COLUMNS = [
  'portal_users.id',
  'companies.name as company',
  'portal_users.status',
  'portal_users.must_change_password as mustChangePassword',
  'portal_users.temporary_password_expires_at as temporaryPasswordExpiresAt',
  'portal_users.last_login_at as lastSignIn',
]

interface FoundRow extends Omit<PortalUserRow, 'state'> {
  status: string
  hasPassword: boolean | number
  mustChangePassword: boolean | number
  temporaryPasswordExpiresAt: number | null
}

function rowFrom(row: FoundRow, now: number): PortalUserRow {
  const { id, company, email, lastSignIn } = row
  return { id, company, email, lastSignIn, state: portalUserState(row, now) }
}

/** How the text and the selection of a filter are looked for. */
interface Ways {
  text: Way
  selection: Way
}

const AT_FIRST: Ways = { text: 'at-first', selection: 'at-first' }

async function waysTo(db: Db, { text, selection }: PortalUserFilter): Promise<Ways> {
  const items = db('selection_items').where('selection_id', selection)
  return {
    text: await wayToFind(db, SEARCHED, text),
    selection: selection !== null && (await countedUpTo(db, items)).more ? 'in-each' : 'at-first',
  }
}

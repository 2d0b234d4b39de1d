import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { containing, normalized } from '../names.ts'

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

/** The portal users that match and are not deleted, as a query that knows their contact and company too. */
export function portalUsersMatching(db: Db, filter: PortalUserFilter): Knex.QueryBuilder {
  const query = withCompanies(db('portal_users').whereNull('portal_users.deleted_at'))
  if (normalized(filter.text)) void query.where(any => matchesText(any, filter.text))
  if (filter.selection !== null) {
    const selected = db('selection_items').where('selection_id', filter.selection).select('subject_id')
    void query.whereIn('portal_users.id', selected)
  }
  return query
}

export async function countPortalUsers(db: Db, filter: PortalUserFilter): Promise<number> {
  const [row] = await portalUsersMatching(db, filter).count<{ total: number }[]>({ total: 'portal_users.id' })
  return row?.total ?? 0
}

/** One page of the portal users that match. `page` counts from 1; a page past the end is empty. */
export async function portalUsersPage(
  db: Db,
  filter: PortalUserFilter,
  sort: PortalUserSort,
  { page, perPage }: { page: number; perPage: number },
  now: number,
): Promise<PortalUserRow[]> {
  const query = portalUsersMatching(db, filter)
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<FoundRow[]>(
      ...COLUMNS,
      passwordColumn(db),
      db.raw('coalesce(portal_users.email, portal_users.username) as email'),
    )
  const rows = (await ordered(query, sort)) as FoundRow[]
  return rows.map(row => rowFrom(row, now))
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

function matchesText(any: Knex.QueryBuilder, text: string): void {
  const pattern = containing(text)
  const columns = [
    'companies.name_normalized',
    'portal_users.email_normalized',
    'portal_users.username_normalized',
    'portal_users.search_name',
  ]
  for (const column of columns) void any.orWhereRaw(String.raw`?? like ? escape '\'`, [column, pattern])
}

/** Those without a company come last; turned round, everything is exactly the other way. */
function ordered(query: Knex.QueryBuilder, { by, descending }: PortalUserSort): Knex.QueryBuilder {
  const way = descending ? 'desc' : 'asc'
  const email = 'coalesce(portal_users.email_normalized, portal_users.username_normalized)'
  const company = `(companies.name_normalized is null) ${way}, companies.name_normalized ${way}, `
  return query.orderByRaw(`${by === 'company' ? company : ''}${email} ${way}, portal_users.id ${way}`)
}

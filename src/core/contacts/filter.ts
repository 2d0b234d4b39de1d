import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { withStanding, type PortalChoice, type Standing } from '../invitations/standing.ts'
import { normalized } from '../names.ts'
import type { ContactType } from './records.ts'
import { isIndexed } from '../trigrams.ts'
import { companiesNamed, idsWith, whereEachHas } from './search.ts'

/** Where a contact stands with the portals. */
export type PortalState = 'no-username' | 'not-signed-in' | 'signed-in' | 'disabled'

export const PORTAL_STATES: readonly PortalState[] = ['no-username', 'not-signed-in', 'signed-in', 'disabled']

/** As many with access to a portal are looked up one by one before the whole table could be read. */
const A_SMALL_PORTAL = 5000

/** Which contacts a list, an export or "all that match" speaks of. Empty parts let everything through. */
export interface ContactFilter {
  /** Looked for in name, email, company, username, phone and reference. */
  text: string
  type: ContactType | null
  /** Part of the company's name. */
  company: string
  /** Those with access to this portal; 'none' for those with access to no portal. */
  portal: number | 'none' | null
  state: PortalState | null
  /** 'none' for those without an email address. */
  email: 'none' | null
  /** Only those who stand so with the portal of a choice, at a moment. */
  standing: { choice: PortalChoice; standings: readonly Standing[]; at: number } | null
  archived: boolean
  /** Only those in this selection. */
  selection: string | null
}

export const ALL_CONTACTS: ContactFilter = {
  text: '',
  type: null,
  company: '',
  portal: null,
  state: null,
  email: null,
  standing: null,
  archived: false,
  selection: null,
}

/**
 * The contacts that match, as a query over `contacts` to count, page, export or select from: one meaning for all four.
 */
export function contactsMatching(db: Db, filter: ContactFilter, ways?: Ways): Knex.QueryBuilder {
  return onlyMatching(db, db('contacts'), filter, ways)
}

/**
 * How something is looked for: in one contact after the other, or, where an index can tell, all who have it at first.
 */
export type Way = 'in-each' | 'at-first'

/** The way to look for each thing that has two; 'in-each' where nothing is said. What is found is the same. */
export interface Ways {
  text?: Way
  portal?: Way
}

/**
 * Only the contacts that match, in a query that reads `contacts`. What a filter says is asked of each by itself, so that the
 * first page of many comes at once.
 */
export function onlyMatching(
  db: Db,
  query: Knex.QueryBuilder,
  filter: ContactFilter,
  ways: Ways = {},
): Knex.QueryBuilder {
  void (filter.archived ? query.whereNotNull('contacts.archived_at') : query.whereNull('contacts.archived_at'))
  if (filter.type) void query.where('contacts.contact_type', filter.type)
  if (normalized(filter.text)) whereText(db, query, filter, ways.text)
  if (normalized(filter.company)) void query.whereIn('contacts.company_id', companiesNamed(db, filter.company))
  if (filter.portal === 'none') void query.whereNotExists(accessOf(db))
  else if (filter.portal && ways.portal === 'at-first')
    void query.whereIn('contacts.id', contactsWithAccess(db, filter.portal))
  else if (filter.portal) void query.whereExists(accessOf(db).where('portal_access.portal_id', filter.portal))
  if (filter.state) void inState(query, filter.state, loginOf(db))
  if (filter.email) void query.whereNull('contacts.email')
  if (filter.standing) {
    const { choice, standings, at } = filter.standing
    void withStanding(query, db, choice, standings, at)
  }
  if (filter.selection)
    void query.whereIn(
      'contacts.id',
      db('selection_items').where('selection_id', filter.selection).select('subject_id'),
    )
  return query
}

function whereText(db: Db, query: Knex.QueryBuilder, { text, archived }: ContactFilter, way?: Way): void {
  const all = way === 'at-first' && isIndexed(text) && !archived
  if (all) void query.whereIn('contacts.id', idsWith(db, text))
  else whereEachHas(query, db, text)
}

/** The better way to look for who has the portal of a filter: of few, or none, it is known at once who they are. */
export async function portalWay(db: Db, { portal }: ContactFilter): Promise<Way> {
  if (!portal || portal === 'none') return 'in-each'
  const oneTooMany = await db('portal_access')
    .where({ portal_id: portal })
    .whereNull('revoked_at')
    .offset(A_SMALL_PORTAL)
    .first('id')
  return oneTooMany ? 'in-each' : 'at-first'
}

/** Live logins that belong to a contact. */
export function contactLogins(db: Db): Knex.QueryBuilder {
  return db('portal_users').whereNotNull('portal_users.contact_id').whereNull('portal_users.deleted_at')
}

/** The contacts of these ids that are not archived. */
export function contactsOf(db: Db, ids: number[]): Knex.QueryBuilder {
  return db('contacts').whereNull('contacts.archived_at').whereIn('contacts.id', listed(db, ids))
}

/** The login of the contact that an outer query is at. */
function loginOf(db: Db): Knex.QueryBuilder {
  return db('portal_users')
    .whereRaw('portal_users.contact_id = contacts.id')
    .whereNull('portal_users.deleted_at')
    .select(db.raw('1'))
}

function accessOf(db: Db): Knex.QueryBuilder {
  return loginOf(db)
    .join('portal_access', 'portal_access.portal_user_id', 'portal_users.id')
    .whereNull('portal_access.revoked_at')
}

function contactsWithAccess(db: Db, portalId: number): Knex.QueryBuilder {
  return contactLogins(db)
    .join('portal_access', 'portal_access.portal_user_id', 'portal_users.id')
    .where('portal_access.portal_id', portalId)
    .whereNull('portal_access.revoked_at')
    .select('portal_users.contact_id')
}

function inState(query: Knex.QueryBuilder, state: PortalState, login: Knex.QueryBuilder): Knex.QueryBuilder {
  switch (state) {
    case 'no-username':
      return query.whereNotExists(login)
    case 'disabled':
      return query.whereExists(login.where('portal_users.status', 'disabled'))
    case 'signed-in':
      return query.whereExists(login.whereNot('portal_users.status', 'disabled').whereNotNull('first_login_at'))
    case 'not-signed-in':
      return query.whereExists(login.whereNot('portal_users.status', 'disabled').whereNull('first_login_at'))
  }
}

import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { contactLogins } from '../contacts/filter.ts'
import { contactsIn } from '../contacts/selection.ts'

/**
 * What taking portals away would do, in contacts: each selected contact is in exactly one of the three groups. `unchanged`
 * have none of the portals; `withoutLogin` have no username or no password.
 */
export interface RemovalPlan {
  selected: number
  changing: number
  unchanged: number
  withoutLogin: number
}

/** Counts the groups as the database is now. Changes nothing. */
export async function planRemoval(db: Db, handle: string, portalIds: number[]): Promise<RemovalPlan> {
  const [row] = await db
    .from(standing(db, handle, portalIds).as('standing'))
    .select<{ selected: number; without_login: number; changing: number }[]>(
      db.raw('count(*) as selected'),
      db.raw('coalesce(sum(case when login_id is null then 1 else 0 end), 0) as without_login'),
      db.raw('coalesce(sum(case when held > 0 then 1 else 0 end), 0) as changing'),
    )
  const { selected = 0, without_login = 0, changing = 0 } = row ?? {}
  return { selected, changing, withoutLogin: without_login, unchanged: selected - changing - without_login }
}

export interface ContactName {
  id: number
  name: string
  company: string | null
  email: string | null
}

/** The first of the selected contacts that have no portal because they have no username or password, by name. */
export async function contactsWithoutLogin(db: Db, handle: string, limit: number): Promise<ContactName[]> {
  return contactsIn(db, handle)
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .whereNotExists(usableLogin(db))
    .orderBy([{ column: 'contacts.name_normalized' }, { column: 'contacts.id' }])
    .limit(limit)
    .select<ContactName[]>('contacts.id', 'contacts.name', 'companies.name as company', 'contacts.email')
}

/** A contact's login with which portals can be given: it has a username and a password, or a link to choose one. */
export function usableLogins(db: Db): Knex.QueryBuilder {
  return contactLogins(db).where(
    any => void any.whereNotNull('portal_users.password_hash').orWhere('portal_users.must_change_password', true),
  )
}

/**
 * In a query over contacts: the usable login of the contact. What is "not in" a million logins, PostgreSQL would look for in
 * all of them, again for each contact.
 */
export function usableLogin(db: Db): Knex.QueryBuilder {
  return usableLogins(db).whereRaw('portal_users.contact_id = contacts.id').select(db.raw('1'))
}

/** One row a selected contact: its login, if any, and how many of the portals that login has. */
function standing(db: Db, handle: string, portalIds: number[]): Knex.QueryBuilder {
  const held = db('portal_access')
    .whereIn('portal_access.portal_id', portalIds)
    .whereNull('portal_access.revoked_at')
    .groupBy('portal_access.portal_user_id')
    .select('portal_access.portal_user_id', db.raw('count(*) as portals'))
  return contactsIn(db, handle)
    .leftJoin(
      usableLogins(db).select('portal_users.id', 'portal_users.contact_id').as('logins'),
      'logins.contact_id',
      'contacts.id',
    )
    .leftJoin(held.as('held'), 'held.portal_user_id', 'logins.id')
    .select('contacts.id as contact_id', 'logins.id as login_id', db.raw('coalesce(held.portals, 0) as held'))
}

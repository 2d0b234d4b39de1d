import type { Knex } from 'knex'
import { isPostgres, type Db } from '../../db/index.ts'
import { containing } from '../names.ts'
import { hasText, textsWith } from '../trigrams.ts'

/** Only the contacts with this text, in a query over `contacts`, each looked at by itself. */
export function whereEachHas(query: Knex.QueryBuilder, db: Db, text: string): void {
  // Values rather than `exists`, for which PostgreSQL would look through all companies and logins at first.
  const company = db('companies').whereRaw('companies.id = contacts.company_id').select('name_normalized')
  const login = db('portal_users')
    .whereRaw('portal_users.contact_id = contacts.id')
    .whereNull('portal_users.deleted_at')
    .select('username_normalized')
  const [pattern, like] = [containing(text), String.raw`? like ? escape '\'`]
  void query.where(
    any =>
      void hasText(any, 'contacts.search', text)
        .orWhereRaw(like, [company, pattern])
        .orWhereRaw(like, [login, pattern]),
  )
}

/** The ids of the contacts with this text, found through the index; on SQLite it holds those that are not archived. */
export function idsWith(db: Db, text: string): Knex.QueryBuilder {
  if (!isPostgres(db)) return liveWith(db, text).select('rowid')
  const ofCompany = db('contacts').whereIn('contacts.company_id', companiesNamed(db, text))
  const ofLogin = hasText(db('portal_users').whereNull('deleted_at'), 'portal_users.username_normalized', text)
  return hasText(db('contacts'), 'contacts.search', text)
    .select('contacts.id')
    .union([ofCompany.select('contacts.id'), ofLogin.whereNotNull('contact_id').select('portal_users.contact_id')])
}

/** On SQLite: the texts of the contacts that are not archived in which this text stands, which are kept by triggers. */
export function liveWith(db: Db, text: string): Knex.QueryBuilder {
  return textsWith(db, 'contact_search', text)
}

/** The companies with this in their name. */
export function companiesNamed(db: Db, name: string): Knex.QueryBuilder {
  return hasText(db('companies'), 'companies.name_normalized', name).select('companies.id')
}

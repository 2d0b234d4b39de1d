import type { Knex } from 'knex'
import { isPostgres, type Db } from '../../db/index.ts'

/**
 * Whoever changes what these contacts have, or takes a login of theirs away, waits until this transaction ends and goes by
 * what is then. `contacts` is a query over `contacts`. Call it before anything is looked at, and before any login is held. On
 * SQLite all changes wait anyway.
 */
export async function holdContacts(trx: Db, contacts: Knex.QueryBuilder): Promise<void> {
  if (!isPostgres(trx)) return
  const held = contacts.orderBy('contacts.id').forNoKeyUpdate().select('contacts.id')
  await trx.from(held.as('held')).count({ contacts: 'id' })
}

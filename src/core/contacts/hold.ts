import type { Knex } from 'knex'
import { hold } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'

/**
 * Whoever changes what these contacts have, or takes a login of theirs away, waits until this transaction ends and goes by
 * what is then. `contacts` is a query over `contacts`. Call it before anything is looked at, and before any login is held.
 */
export function holdContacts(trx: Db, contacts: Knex.QueryBuilder): Promise<void> {
  return hold(trx, contacts.orderBy('contacts.id').forNoKeyUpdate().select('contacts.id'))
}

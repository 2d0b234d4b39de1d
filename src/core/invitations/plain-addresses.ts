import type { Knex } from 'knex'
import { isPostgres, type Db } from '../../db/index.ts'

const PLAIN = '^[A-Za-z0-9_+-]+([.][A-Za-z0-9_+-]+)*@([A-Za-z0-9]+(-[A-Za-z0-9]+)*[.])+[A-Za-z]{2,}$'

const SHAPE = '[A-Za-z0-9_+-]*@[A-Za-z0-9]*.*[A-Za-z0-9]'

/**
 * Other characters; two marks side by side; a mark in the domain; a domain or part of it like a number; one of one
 * letter.
 */
const ODD = ['*[^A-Za-z0-9@._+-]*', '*[.@-][.@-]*', '*@*[@_+]*', '*@*.[0-9]*', '*.?']

/**
 * In a query over `contacts`: whether what stands for an email address is so plain that it is one, as nearly all are. Of the
 * others only `emailKey` can tell. Within 64 characters no part of an address is too long.
 */
export function isPlainAddress(db: Db): Knex.Raw {
  const patterns = isPostgres(db)
    ? [`contacts.email ~ '${PLAIN}'`]
    : [`contacts.email glob '${SHAPE}'`, ...ODD.map(odd => `contacts.email not glob '${odd}'`)]
  return db.raw(`(${['length(contacts.email) <= 64', ...patterns].join(' and ')})`.replaceAll('?', String.raw`\?`))
}

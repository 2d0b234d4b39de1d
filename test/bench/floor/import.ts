import { parse } from 'csv-parse'
import { createReadStream } from 'node:fs'
import { openBare, withoutUpkeep, type Bare, type Value } from '../offices/bare.ts'
import { timed } from '../results/numbers.ts'
import { bookRows } from './book-rows.ts'

const HASH = '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY'
const ROWS_AT_ONCE = 5000

// prettier-ignore
const COLUMNS = {
  companies: ['id', 'name', 'name_normalized', 'created_at', 'updated_at'],
  contacts: ['id', 'company_id', 'contact_type', 'name', 'name_normalized', 'email', 'email_normalized', 'phone', 'search', 'version', 'created_at', 'updated_at'],
  portal_users: ['id', 'contact_id', 'name', 'username', 'username_normalized', 'email', 'email_normalized', 'password_hash', 'must_change_password', 'temporary_password_expires_at', 'status', 'created_at', 'updated_at'],
  sign_in_names: ['name_normalized', 'portal_user_id'],
  portal_access: ['portal_id', 'portal_user_id', 'source', 'granted_by_staff_id', 'granted_at'],
}

/**
 * Reads the file, a CSV file or a workbook, and inserts its rows in one transaction. The password counts as hashed already,
 * and no trigger does anything beside. The database is an empty office.
 */
export async function importContacts({ database, file }: { database: string; file: string }): Promise<number> {
  const db = await openBare(database)
  await withoutUpkeep(db)
  const rows = file.endsWith('.xlsx') ? bookRows(file) : createReadStream(file).pipe(parse())
  const ms = await timed(async () => {
    await db.run(db.engine === 'sqlite' ? 'begin immediate' : 'begin')
    await insertAll(db, rows as AsyncIterable<string[]>)
    await db.run('commit')
  })
  await db.close()
  return ms
}

async function insertAll(db: Bare, rows: AsyncIterable<string[]>): Promise<void> {
  const companies = new Map<string, number>()
  let [some, first, isHeading]: [string[][], number, boolean] = [[], 1, true]
  for await (const cells of rows) {
    if (!isHeading) some.push(cells)
    isHeading = false
    if (some.length < ROWS_AT_ONCE) continue
    await insertSome(db, some, first, companies)
    first += some.length
    some = []
  }
  if (some.length > 0) await insertSome(db, some, first, companies)
}

/** Table after table, because the driver of SQLite lets statements overtake each other. */
async function insertSome(db: Bare, rows: string[][], first: number, companies: Map<string, number>): Promise<void> {
  const now = Date.now()
  const insert = (table: keyof typeof COLUMNS, each: (cells: string[], id: number) => Value[][]): Promise<void> =>
    db.insert(
      table,
      COLUMNS[table],
      rows.flatMap((cells, index) => each(cells, first + index)),
    )
  await insert('companies', ([, firm = '']) => {
    if (companies.has(firm)) return []
    companies.set(firm, companies.size + 1)
    return [[companies.size, firm, plain(firm), now, now]]
  })
  await insert('contacts', ([name = '', firm = '', email = '', phone = ''], id) => {
    const search = [plain(name), email, phone, phone.replaceAll(' ', '')].join('\n')
    const named: Value[] = [name, plain(name), email, email, phone || null, search]
    return [[id, companies.get(firm) ?? null, 'client', ...named, 1, now, now]]
  })
  await insert('portal_users', ([name = '', , email = '', , username = ''], id) => [
    [id, id, name, username, username, email, email, HASH, true, now, 'active', now, now],
  ])
  await insert('sign_in_names', ([, , email = '', , username = ''], id) => [username, email].map(text => [text, id]))
  await insert('portal_access', (_cells, id) => [1, 2].map(portal => [portal, id, 'import', 1, now]))
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

import { openBare, withoutUpkeep, type Bare, type Value } from '../offices/bare.ts'
import { writeUsersTemplate } from '../offices/files.ts'
import { timed } from '../results/numbers.ts'
import { bookRows } from './book-rows.ts'

// prettier-ignore
const COLUMNS = {
  portal_users: ['id', 'company_id', 'name', 'search_name', 'username', 'username_normalized', 'email', 'email_normalized', 'password_hash', 'must_change_password', 'temporary_password_expires_at', 'status', 'created_at', 'updated_at'],
  sign_in_names: ['name_normalized', 'portal_user_id'],
  portal_access: ['portal_id', 'portal_user_id', 'source', 'granted_by_staff_id', 'granted_at'],
}
const TOP_ROWS = 2

/** How long reading took, and all of it: reading, then inserting the rows in one transaction. */
export interface BareImport {
  read: number
  all: number
}

/**
 * Reads a workbook of portal users as a stream with the usual library, then inserts its rows with prepared statements.
 */
export async function importUsers({ database, file }: { database: string; file: string }): Promise<BareImport> {
  const db = await openBare(database)
  await withoutUpkeep(db)
  const companies = await db.all<{ id: number; name: string }>('select id, name from companies')
  const ids = new Map(companies.map(({ id, name }) => [name, id]))
  const rows: string[][] = []
  const read = await timed(async () => {
    for await (const cells of bookRows(file)) rows.push(cells)
  })
  const insert = await timed(() => insertAll(db, rows.slice(TOP_ROWS), ids))
  await db.close()
  return { read, all: read + insert }
}

/** Writes cells as the template has them, with the usual library as a stream. */
export function exportUsers({ users, file }: { users: number; file: string }): Promise<number> {
  return timed(() => writeUsersTemplate(file, users))
}

/** Table after table, because the driver of SQLite lets statements overtake each other. */
async function insertAll(db: Bare, rows: string[][], companies: Map<string, number>): Promise<void> {
  const now = Date.now()
  const insert = (table: keyof typeof COLUMNS, each: (cells: string[], id: number) => Value[][]): Promise<void> =>
    db.insert(
      table,
      COLUMNS[table],
      rows.flatMap((cells, index) => each(cells, index + 1)),
    )
  await db.run(db.engine === 'sqlite' ? 'begin immediate' : 'begin')
  await insert('portal_users', ([, name = '', email = '', , company = ''], id) => {
    const named: Value[] = [name, name.toLowerCase(), email, email, email, email]
    return [[id, companies.get(company) ?? null, ...named, 'hashed already', true, now, 'active', now, now]]
  })
  await insert('sign_in_names', ([, , email = ''], id) => [[email, id]])
  await insert('portal_access', (_cells, id) => [1, 2].map(portal => [portal, id, 'import', 1, now]))
  await db.run('commit')
}

import { parse } from 'csv-parse'
import { createReadStream } from 'node:fs'
import { BareSqlite, type Value } from './bare-sqlite.ts'
import { timed } from './numbers.ts'

type Cells = [name: string, company: string, email: string, phone: string, username: string]

const CONTACT = `insert into contacts (id, company_id, contact_type, name, name_normalized, email, email_normalized, phone,
  search, version, created_at, updated_at) values (?, ?, 'client', ?, ?, ?, ?, ?, ?, 1, ?, ?)`
const COMPANY = 'insert into companies (id, name, name_normalized, created_at, updated_at) values (?, ?, ?, ?, ?)'
const LOGIN = `insert into portal_users (id, contact_id, name, username, username_normalized, email, email_normalized,
  password_hash, must_change_password, temporary_password_expires_at, status, created_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 'active', ?, ?)`
const SIGN_IN_NAME = 'insert into sign_in_names (name_normalized, portal_user_id) values (?, ?)'
const ACCESS = `insert into portal_access (portal_id, portal_user_id, source, granted_by_staff_id, granted_at)
  values (?, ?, 'import', 1, ?)`
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY'

/** Reads the file, then inserts its rows in one transaction; the password counts as hashed already. */
export async function importContacts({ database, file }: { database: string; file: string }): Promise<number> {
  const db = new BareSqlite(database)
  await db.all('select count(*) from contacts')
  const ms = await timed(async () => {
    const rows: Cells[] = []
    for await (const cells of createReadStream(file).pipe(parse({ from_line: 2 }))) rows.push(cells as Cells)
    await db.run('begin immediate')
    await insertAll(db, rows)
    await db.run('commit')
  })
  await db.close()
  return ms
}

/** Table after table, because the driver lets statements overtake each other. */
async function insertAll(db: BareSqlite, rows: Cells[]): Promise<void> {
  const now = Date.now()
  const firms = [...new Set(rows.map(([, firm]) => firm))]
  const companies = new Map(firms.map((firm, index) => [firm, index + 1]))
  const insert = (sql: string, each: (cells: Cells, id: number) => Value[][]): Promise<void> =>
    db.insert(
      sql,
      rows.flatMap((cells, index) => each(cells, index + 1)),
    )
  await db.insert(
    COMPANY,
    firms.map((firm, index) => [index + 1, firm, plain(firm), now, now]),
  )
  await insert(CONTACT, ([name, firm, email, phone], id) => {
    const search = [plain(name), email, phone, phone.replaceAll(' ', '')].join('\n')
    return [[id, companies.get(firm) ?? 0, name, plain(name), email, email, phone, search, now, now]]
  })
  await insert(LOGIN, ([name, , email, , username], id) => [
    [id, id, name, username, username, email, email, HASH, now, now, now],
  ])
  await insert(SIGN_IN_NAME, ([, , email, , username], id) => [username, email].map(text => [text, id]))
  await insert(ACCESS, (_cells, id) => [1, 2].map(portal => [portal, id, now]))
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

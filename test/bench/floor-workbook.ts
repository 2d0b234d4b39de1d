import ExcelJS from 'exceljs'
import { BareSqlite, type Value } from './bare-sqlite.ts'
import { timed } from './numbers.ts'
import { people } from './people.ts'
import { userCells, writeWorkbook } from './workbook-file.ts'

const USER = `insert into portal_users (id, company_id, name, search_name, username, username_normalized, email,
  email_normalized, password_hash, must_change_password, temporary_password_expires_at, status, created_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, 'hashed already', 1, ?, 'active', ?, ?)`
const SIGN_IN_NAME = 'insert into sign_in_names (name_normalized, portal_user_id) values (?, ?)'
const ACCESS = `insert into portal_access (portal_id, portal_user_id, source, granted_by_staff_id, granted_at)
  values (?, ?, 'import', 1, ?)`

/** How long reading took, and all of it: reading, then inserting the rows in one transaction. */
export interface BareImport {
  read: number
  all: number
}

/** Reads a workbook as a stream with the usual library, then inserts its rows with prepared statements. */
export async function importUsers({ database, file }: { database: string; file: string }): Promise<BareImport> {
  const db = new BareSqlite(database)
  const companies = await db.all<{ id: number; name: string }>('select id, name from companies')
  const ids = new Map(companies.map(({ id, name }) => [name, id]))
  let rows: string[][] = []
  const read = await timed(async () => (rows = await rowsIn(file)))
  const insert = await timed(() => insertAll(db, rows.slice(2), ids))
  await db.close()
  return { read, all: read + insert }
}

/** Writes cells as the template has them, with the usual library as a stream. */
export async function exportUsers({ count, file }: { count: number; file: string }): Promise<number> {
  const rows = people(count).map((person, index) => [...userCells(person), String(index + 1), '1'])
  return timed(() => writeWorkbook(file, rows, false))
}

async function rowsIn(file: string): Promise<string[][]> {
  const rows: string[][] = []
  const options = { sharedStrings: 'cache', worksheets: 'emit', styles: 'ignore', hyperlinks: 'ignore' } as const
  for await (const sheet of new ExcelJS.stream.xlsx.WorkbookReader(file, options)) {
    for await (const row of sheet) {
      const cells: string[] = []
      row.eachCell({ includeEmpty: true }, (cell, column) => (cells[column - 1] = cell.text))
      rows.push(cells)
    }
  }
  return rows
}

/** Table after table, because the driver lets statements overtake each other. */
async function insertAll(db: BareSqlite, rows: string[][], companies: Map<string, number>): Promise<void> {
  const now = Date.now()
  const insert = (sql: string, each: (cells: string[], id: number) => Value[][]): Promise<void> =>
    db.insert(
      sql,
      rows.flatMap((cells, index) => each(cells, index + 1)),
    )
  await db.run('begin immediate')
  await insert(USER, ([, name = '', email = '', , company = ''], id) => {
    const named: Value[] = [name, name.toLowerCase(), email, email, email, email]
    return [[id, companies.get(company) ?? null, ...named, now, now, now]]
  })
  await insert(SIGN_IN_NAME, ([, , email = ''], id) => [[email, id]])
  await insert(ACCESS, (_cells, id) => [1, 2].map(portal => [portal, id, now]))
  await db.run('commit')
}

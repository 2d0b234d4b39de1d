import { stringify } from 'csv-stringify/sync'
import { openBare, type Bare } from '../offices/bare.ts'
import type { Engine } from '../offices/engine.ts'
import { writeBook } from '../offices/files.ts'
import { timed } from '../results/numbers.ts'

const ROWS_AT_ONCE = 10_000

/** How long it took, and how many contacts there were. */
export interface BareExport {
  ms: number
  rows: number
}

/** Selects the columns of an export and makes CSV texts that go nowhere. */
export async function exportContacts({ database }: { database: string }): Promise<BareExport> {
  return exported(database, async rows => {
    for await (const piece of rows) stringify(piece, { quoted: true, record_delimiter: 'windows' })
  })
}

/** Selects the same, and writes a workbook with the usual library as a stream. */
export async function exportContactsBook({ database, file }: { database: string; file: string }): Promise<BareExport> {
  return exported(database, rows => writeBook(file, rows, false))
}

type Write = (pieces: AsyncIterable<string[][]>) => Promise<void>

async function exported(database: string, write: Write): Promise<BareExport> {
  const db = await openBare(database)
  await db.all('select 1 from contacts limit 1')
  let rows = 0
  async function* counted(): AsyncGenerator<string[][]> {
    for await (const piece of pieces(db)) {
      rows += piece.length
      yield piece
    }
  }
  const ms = await timed(() => write(counted()))
  await db.close()
  return { ms, rows }
}

/** In pieces, as a text of a million rows would be longer than texts can be. */
async function* pieces(db: Bare): AsyncGenerator<string[][]> {
  for (let last = 0; ;) {
    const found = await db.all<Record<string, string | number | null>>(contactsAfter(db.engine), [last, ROWS_AT_ONCE])
    if (found.length === 0) return
    yield found.map(row => Object.values(row).map(cell => (cell === null ? '' : String(cell))))
    last = Number(found.at(-1)?.id)
  }
}

function contactsAfter(engine: Engine): string {
  const names = engine === 'sqlite' ? "group_concat(portals.name, '; ')" : "string_agg(portals.name, '; ')"
  return `select contacts.id, contacts.name, contacts.contact_type, companies.name as company, contacts.email,
      contacts.phone, contacts.reference, contacts.notes, portal_users.username, '' as password,
      (select ${names} from portal_access join portals on portals.id = portal_access.portal_id
        where portal_access.portal_user_id = portal_users.id and portal_access.revoked_at is null) as portals
    from contacts
    left join companies on companies.id = contacts.company_id
    left join portal_users on portal_users.contact_id = contacts.id and portal_users.deleted_at is null
    where contacts.archived_at is null and contacts.id > ? order by contacts.id limit ?`
}

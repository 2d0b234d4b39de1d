import { stringify } from 'csv-stringify/sync'
import { BareSqlite } from './bare-sqlite.ts'
import { timed } from './numbers.ts'

const CONTACTS = `select contacts.id, contacts.name, contacts.contact_type, companies.name as company, contacts.email,
    contacts.phone, contacts.reference, contacts.notes, portal_users.username,
    (select group_concat(portals.name, '; ') from portal_access join portals on portals.id = portal_access.portal_id
      where portal_access.portal_user_id = portal_users.id and portal_access.revoked_at is null) as portals
  from contacts
  left join companies on companies.id = contacts.company_id
  left join portal_users on portal_users.contact_id = contacts.id and portal_users.deleted_at is null
  where contacts.archived_at is null order by contacts.id`

/** Selects the columns of an export and makes a CSV text that goes nowhere. */
export async function exportContacts({ database }: { database: string }): Promise<{ ms: number; rows: number }> {
  const db = new BareSqlite(database)
  await db.all('select 1 from contacts limit 1')
  let rows = 0
  const ms = await timed(async () => {
    const found = await db.all<Record<string, unknown>>(CONTACTS)
    stringify(found, { quoted: true, record_delimiter: 'windows' })
    rows = found.length
  })
  await db.close()
  return { ms, rows }
}

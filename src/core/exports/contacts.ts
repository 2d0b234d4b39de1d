import { stringify } from 'csv-stringify/sync'
import type { Readable } from 'node:stream'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { contactsMatching, type ContactFilter } from '../contacts/filter.ts'
import { contactRecords, type ContactRecord } from '../contacts/queries.ts'
import { tableWorkbook } from '../workbooks/write-table.ts'
import { guardedCell } from './csv-cells.ts'

const ROWS_AT_ONCE = 250
const BYTE_ORDER_MARK = '\ufeff' // tells spreadsheets that this is UTF-8

/** The headings of an export, in order: the import understands every one of them. */
export const CONTACT_COLUMNS = [
  'Contact ID',
  'Name',
  'Type',
  'Company',
  'Email',
  'Phone',
  'Reference',
  'Notes',
  'Username',
  'Password',
  'Portals',
] as const

const TYPES = { client: 'Client', prospect: 'Prospect', supplier: 'Supplier' }

/**
 * The contacts that match as pieces of a CSV text, read a few hundred at a time, so that any number of them needs the
 * same memory. UTF-8 with a byte order mark, CRLF, every cell quoted, and no cell that a spreadsheet takes for a
 * formula. The Password column is always empty: passwords cannot be read by anyone.
 */
export async function* contactsCsv(db: Db, filter: ContactFilter): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csv([[...CONTACT_COLUMNS]])
  for await (const rows of contactPages(db, filter)) yield csv(rows.map(row => row.map(guardedCell)))
}

/** The same contacts as a workbook in which every cell is text. */
export function contactsWorkbook(db: Db, filter: ContactFilter): Readable {
  return tableWorkbook('Contacts', [...CONTACT_COLUMNS], contactPages(db, filter))
}

async function* contactPages(db: Db, filter: ContactFilter): AsyncGenerator<string[][]> {
  for (let after = 0; ;) {
    const found = await contactsMatching(db, filter)
      .where('contacts.id', '>', after)
      .orderBy('contacts.id')
      .limit(ROWS_AT_ONCE)
      .select<{ id: number }[]>('contacts.id as id')
    const last = found.at(-1)
    if (!last) return
    const records = await contactRecords(
      db,
      found.map(row => row.id),
    )
    yield records.map(cells)
    after = last.id
  }
}

/** Leaves a line in the audit log: who took which contacts out. */
export function recordExport(
  db: Db,
  staff: Staff,
  filter: ContactFilter,
  contacts: number,
  now: number,
): Promise<void> {
  return record(db, staff, 'contacts.exported', null, { filter, contacts }, now)
}

function cells(contact: ContactRecord): string[] {
  return [
    String(contact.id),
    contact.name,
    TYPES[contact.contactType],
    contact.company ?? '',
    contact.email ?? '',
    contact.phone ?? '',
    contact.reference ?? '',
    contact.notes ?? '',
    contact.username ?? '',
    '',
    contact.portals.join('; '),
  ]
}

function csv(rows: string[][]): string {
  return stringify(rows, { quoted: true, record_delimiter: 'windows' })
}

import { insertMany, reserveIds, updateMany, type BulkRow } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'
import { normalized } from '../names.ts'

export type ContactType = 'client' | 'prospect' | 'supplier'

export const CONTACT_TYPES: readonly [ContactType, ...ContactType[]] = ['client', 'prospect', 'supplier']

/** How long the parts of a contact may be, in characters. */
export const CONTACT_LENGTHS = { name: 200, email: 254, phone: 50, reference: 100, notes: 5000 } as const

/** What staff know of a contact. Empty parts are null, never ''. */
export interface ContactFields {
  companyId: number | null
  contactType: ContactType
  name: string
  email: string | null
  phone: string | null
  reference: string | null
  notes: string | null
}

const COLUMNS = [
  'company_id',
  'contact_type',
  'name',
  'name_normalized',
  'email',
  'email_normalized',
  'phone',
  'reference',
  'notes',
  'search',
  'updated_at',
]

/** Adds contacts in one statement and returns their ids in the same order. The caller audits the change. */
export async function addContacts(trx: Db, contacts: ContactFields[], now: number): Promise<number[]> {
  const ids = await reserveIds(trx, 'contacts', contacts.length)
  const rows = contacts.map((contact, index) => ({
    id: ids[index] ?? 0,
    created_at: now,
    version: 1,
    ...columnsOf(contact, now),
  }))
  await insertMany(trx, 'contacts', ['id', 'created_at', 'version', ...COLUMNS], rows)
  return ids
}

/** Replaces every field of the given contacts in one statement and moves their version on. The caller audits. */
export async function changeContacts(
  trx: Db,
  contacts: (ContactFields & { id: number; version: number })[],
  now: number,
): Promise<void> {
  const rows = contacts.map(contact => ({ id: contact.id, version: contact.version + 1, ...columnsOf(contact, now) }))
  await updateMany(trx, 'contacts', ['version', ...COLUMNS], rows)
}

function columnsOf(contact: ContactFields, now: number): BulkRow {
  return {
    company_id: contact.companyId,
    contact_type: contact.contactType,
    name: contact.name,
    name_normalized: normalized(contact.name),
    email: contact.email,
    email_normalized: contact.email === null ? null : (emailKey(contact.email) ?? contact.email.toLowerCase()),
    phone: contact.phone,
    reference: contact.reference,
    notes: contact.notes,
    search: searchText(contact),
    updated_at: now,
  }
}

/** What a search looks through: one line a part, a phone number with and without its spaces. */
function searchText({ name, email, phone, reference }: ContactFields): string {
  const digits = phone?.replace(/[^\d+]/g, '')
  return [name, email, phone, digits, reference]
    .filter(part => part)
    .map(part => normalized(part ?? ''))
    .join('\n')
}

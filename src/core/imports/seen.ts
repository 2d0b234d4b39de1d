import { keysOf, type ContactRow } from './contact-row.ts'

/**
 * Rows of a file by the keys in them: the first row with a key has it. The keys come from the file alone, so a run that
 * starts again in the middle of a file can make them by reading the rows before once more.
 */
export interface Seen {
  contactIds: Map<number, number>
  /** Of rows without a contact id: the others may share an address. */
  emails: Map<string, number>
  usernames: Map<string, number>
  references: Map<string, number>
  /** Sign-in names that rows before have taken, and the row. */
  claims: Map<string, number>
  /** Companies that rows before would add. */
  companies: Map<string, number>
}

export function nothingSeen(): Seen {
  return {
    contactIds: new Map(),
    emails: new Map(),
    usernames: new Map(),
    references: new Map(),
    claims: new Map(),
    companies: new Map(),
  }
}

export function see(seen: Seen, row: ContactRow): void {
  const { contactId, email, username, reference } = keysOf(row)
  first(seen.contactIds, contactId, row.number)
  first(seen.emails, contactId === null ? email : null, row.number)
  first(seen.usernames, username, row.number)
  first(seen.references, reference, row.number)
}

function first<K>(rows: Map<K, number>, key: K | null, number: number): void {
  if (key !== null && !rows.has(key)) rows.set(key, number)
}

import { emailKey } from '../email-address.ts'
import { normalized, normalizedUsername } from '../names.ts'
import { ok, refused, type Result } from '../result.ts'
import { keysOf, type ContactRow, type Problem, type RowKeys } from './contact-row.ts'
import type { Field } from './fields.ts'
import type { Known, KnownContact } from './known.ts'
import type { Seen } from './seen.ts'

/**
 * The contact that a row speaks of: by contact id, else by address, else by username; null when it is somebody new.
 * Never by name, and never by username where the addresses differ. Refused when that is not one person, or when a row before speaks of them already.
 */
export function matchOf(row: ContactRow, known: Known, seen: Seen): Result<KnownContact | null, Problem> {
  const keys = keysOf(row)
  const earlier = sameKeyBefore(row.number, keys, seen)
  if (earlier) return refused(earlier)
  const found = keys.contactId === null ? byEmailOrUsername(row, keys, known) : byId(row, keys.contactId, keys, known)
  if (!found.ok || !found.value) return found
  if (found.value.archived) return refused(problem(row, keyField(keys), 'archived', found.value.name))
  const again = samePersonBefore(row.number, found.value, keys, known, seen)
  return again === null ? found : refused(problem(row, keyField(keys), 'twice-in-file', again))
}

function byId(row: ContactRow, id: number, keys: RowKeys, known: Known): Result<KnownContact, Problem> {
  const contact = known.contacts.get(id)
  if (!contact) return refused(problem(row, 'contactId', 'unknown-id'))
  const others = keys.email === null ? [] : withEmail(keys.email, known).filter(other => !other.archived)
  const [other] = others
  if (other && !others.includes(contact)) return refused(problem(row, 'email', 'different-people', other.name))
  if (isSomebodyElse(row, contact, keys)) return refused(problem(row, 'contactId', 'other-person', contact.name))
  return ok(contact)
}

/** Neither the name nor the address fits: the ids in this file are probably not ours. */
function isSomebodyElse({ values }: ContactRow, contact: KnownContact, { email }: RowKeys): boolean {
  if (!values.name || email === null || contact.email === null) return false
  return normalized(values.name) !== normalized(contact.name) && email !== emailKey(contact.email)
}

function byEmailOrUsername(row: ContactRow, keys: RowKeys, known: Known): Result<KnownContact | null, Problem> {
  const all = keys.email === null ? [] : withEmail(keys.email, known)
  const live = all.filter(contact => !contact.archived)
  if (live.length > 1) return refused(problem(row, 'email', 'several-contacts', live.length))
  const [contact] = live.length > 0 ? live : all
  if (contact) return ok(contact)
  const id = keys.username === null ? null : known.contactByUsername.get(keys.username)
  const named = (id && known.contacts.get(id)) || null
  return named && keys.email !== null && named.email !== null
    ? refused(problem(row, 'username', 'username-taken', named.name))
    : ok(named)
}

function withEmail(email: string, known: Known): KnownContact[] {
  return (known.contactsByEmail.get(email) ?? []).flatMap(id => known.contacts.get(id) ?? [])
}

function sameKeyBefore(number: number, keys: RowKeys, seen: Seen): Problem | null {
  const at: [Field, number | undefined][] = [
    ['contactId', keys.contactId === null ? undefined : seen.contactIds.get(keys.contactId)],
    ['email', keys.contactId !== null || keys.email === null ? undefined : seen.emails.get(keys.email)],
    ['username', keys.username === null ? undefined : seen.usernames.get(keys.username)],
    ['reference', keys.reference === null ? undefined : seen.references.get(keys.reference)],
  ]
  const found = at.find(([, row]) => row !== undefined && row !== number)
  return found ? { code: 'twice-in-file', field: found[0], about: found[1] ?? 0 } : null
}

/** A row before may have named the same contact by another key. */
function samePersonBefore(
  number: number,
  contact: KnownContact,
  keys: RowKeys,
  known: Known,
  seen: Seen,
): number | null {
  const email = contact.email === null ? null : emailKey(contact.email)
  const alone = email !== null && (known.contactsByEmail.get(email) ?? [contact.id]).length === 1
  const username = known.logins.get(contact.id)?.username
  const rows = [
    keys.contactId === null ? seen.contactIds.get(contact.id) : undefined,
    alone ? seen.emails.get(email) : undefined,
    username === undefined ? undefined : seen.usernames.get(normalizedUsername(username)),
  ]
  return rows.find(row => row !== undefined && row < number) ?? null
}

function keyField(keys: RowKeys): Field {
  if (keys.contactId !== null) return 'contactId'
  return keys.email === null ? 'username' : 'email'
}

function problem(row: ContactRow, field: Field, code: Problem['code'], about?: string | number): Problem {
  return { code, field, given: row.values[field] ?? '', ...(about !== undefined && { about }) }
}

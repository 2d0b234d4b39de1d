import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { addCompanies } from '../companies/records.ts'
import { followContact } from '../portal-users/follow-contact.ts'
import { followContactNames } from '../portals/contact-portals.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { contact, type Contact } from './queries.ts'
import { addContacts, changeContacts, type ContactFields } from './records.ts'

/** A contact as a form gives it: `newCompany` is the name of a company to be added with it. */
export interface GivenContact {
  fields: ContactFields
  newCompany: string | null
}

/** Adds one contact, and its company when that is new. Refused when another contact has this reference. */
export function addContact(
  db: Db,
  actor: Actor,
  given: GivenContact,
  now: number,
): Promise<Result<number, 'reference-taken'>> {
  return unlessTaken('reference-taken', () =>
    db.transaction(async trx => {
      const fields = await withCompany(trx, actor, given, now)
      const [id = 0] = await addContacts(trx, [fields], now)
      await record(trx, actor, 'contact.added', { type: 'contact', id }, { name: fields.name }, now)
      return ok(id)
    }),
  )
}

/**
 * Changes a contact as it was when the form was opened (`version`). The login of the contact takes over a new email address
 * from staff only: a customer who may change these details need not be the one who signs in with it. Refused with
 * 'changed-meanwhile' when somebody else has changed it since, and when another contact has this reference. Saving what is there already changes nothing.
 */
export function changeContact(
  db: Db,
  actor: Actor,
  id: number,
  version: number,
  given: GivenContact,
  now: number,
): Promise<Result<number, 'not-found' | 'changed-meanwhile' | 'reference-taken'>> {
  return unlessTaken('reference-taken', () =>
    db.transaction(async trx => {
      await lockContact(trx, id)
      const before = await contact(trx, id)
      if (!before) return refused('not-found')
      if (before.version !== version) return refused('changed-meanwhile')
      const fields = await withCompany(trx, actor, given, now)
      const changed = changedFields(before, fields)
      if (changed.length === 0) return ok(id)
      await changeContacts(trx, [{ id, version, ...fields }], now)
      const follows = actor.kind === 'staff' && changed.includes('email')
      await followContact(trx, { id, name: fields.name, email: follows ? fields.email : null }, now)
      await followContactNames(trx, [{ id, ...fields }])
      await record(trx, actor, 'contact.changed', { type: 'contact', id }, { fields: changed }, now)
      return ok(id)
    }),
  )
}

/** Takes a contact out of the lists, or puts it back. Their sign-in and portals stay as they are. Safe to do twice. */
export function archiveContact(
  db: Db,
  actor: Actor,
  id: number,
  archived: boolean,
  now: number,
): Promise<Result<Contact, 'not-found'>> {
  return db.transaction(async trx => {
    await lockContact(trx, id)
    const before = await contact(trx, id)
    if (!before) return refused('not-found')
    if ((before.archivedAt !== null) === archived) return ok(before)
    await trx('contacts')
      .where({ id })
      .update({ archived_at: archived ? now : null, updated_at: now })
    await record(
      trx,
      actor,
      archived ? 'contact.archived' : 'contact.restored',
      { type: 'contact', id },
      { name: before.name },
      now,
    )
    return ok(before)
  })
}

/** On PostgreSQL the next one who changes this contact waits here; on SQLite all changes wait for each other anyway. */
async function lockContact(trx: Db, id: number): Promise<void> {
  await trx('contacts').where({ id }).forUpdate().first('id')
}

async function withCompany(
  trx: Db,
  actor: Actor,
  { fields, newCompany }: GivenContact,
  now: number,
): Promise<ContactFields> {
  if (newCompany === null) return fields
  const [id = 0] = await addCompanies(trx, [{ name: newCompany, email: null, phone: null, reference: null }], now)
  await record(trx, actor, 'company.added', { type: 'company', id }, { name: newCompany }, now)
  return { ...fields, companyId: id }
}

function changedFields(before: Contact, fields: ContactFields): string[] {
  return (Object.keys(fields) as (keyof ContactFields)[]).filter(name => before[name] !== fields[name])
}

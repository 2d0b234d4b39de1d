import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'
import { notifyOffice } from '../notifications/bell.ts'
import { detailsChangedNotice } from '../notifications/notices.ts'
import type { OwnPortal } from '../portal-users/own-portals.ts'
import { refused, type Result } from '../result.ts'
import { changeContact } from './changes.ts'
import { contact } from './queries.ts'
import { CONTACT_LENGTHS } from './records.ts'

/** How long what a customer may change of their details can be, in characters. */
export const DETAILS_LENGTHS = {
  name: CONTACT_LENGTHS.name,
  email: CONTACT_LENGTHS.email,
  phone: CONTACT_LENGTHS.phone,
}

/** What customers may see of a contact: never its notes, reference or type, which are the office's own. */
export interface OwnDetails {
  contactId: number
  version: number
  name: string
  company: string | null
  email: string | null
  phone: string | null
}

export interface DetailsChange {
  version: number
  name: string
  email: string | null
  phone: string | null
}

/**
 * The details that belong to a portal: of the contact whose portal it is, and in a shared one of the contact that this person
 * is. Null when there is none, and without the permission.
 */
export async function ownDetails(db: Db, user: PortalUser, portal: OwnPortal): Promise<OwnDetails | null> {
  const id = portal.canViewDetails ? (portal.contactId ?? (await contactOf(db, user))) : null
  const found = id === null ? null : await contact(db, id)
  if (!found) return null
  const { version, name, company, email, phone } = found
  return { contactId: found.id, version, name, company, email, phone }
}

/** Whether this person may change the details, and not only see them. */
export function mayChangeDetails({ canViewDetails, level }: OwnPortal): boolean {
  return canViewDetails && level !== 'read_only'
}

/**
 * Changes the details as they were when the form was opened; whoever looks after contacts at the office is told. The address
 * anybody signs in with stays. Refused with 'changed-meanwhile' when somebody else has changed them since.
 */
export async function changeOwnDetails(
  db: Db,
  user: PortalUser,
  portal: OwnPortal,
  { version, ...change }: DetailsChange,
  now: number,
): Promise<Result<number, 'not-allowed' | 'changed-meanwhile'>> {
  const own = mayChangeDetails(portal) ? await ownDetails(db, user, portal) : null
  const before = own && (await contact(db, own.contactId))
  if (!before) return refused('not-allowed')
  const { companyId, contactType, reference, notes } = before
  const fields = { companyId, contactType, reference, notes, ...change }
  const changed = await db.transaction(async trx => {
    const done = await changeContact(trx, user, before.id, version, { fields, newCompany: null }, now)
    const isChange = (['name', 'email', 'phone'] as const).some(field => before[field] !== change[field])
    if (done.ok && isChange) await notifyOffice(trx, detailsChangedNotice({ who: user.name, contact: before }), now)
    return done
  })
  return changed.ok ? changed : refused('changed-meanwhile')
}

async function contactOf(db: Db, user: PortalUser): Promise<number | null> {
  const row = await db('portal_users')
    .where({ id: user.id })
    .first<{ contact_id: number | null } | undefined>('contact_id')
  return row?.contact_id ?? null
}

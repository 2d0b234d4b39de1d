import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { INVITATION_MS } from './rows.ts'

/** The portal that contacts are to be invited to: each one's own, or a shared one. */
export type PortalChoice = 'own' | number

/**
 * Where a contact stands with the portal of a choice; each is in exactly one. `lapsed`: was invited or had access before, but
 * the invitation expired or was cancelled, or the access was taken away. `disabled`: their login is disabled.
 */
export type Standing = 'no-email' | 'not-invited' | 'pending' | 'lapsed' | 'registered' | 'disabled'

export const STANDINGS: readonly Standing[] = ['not-invited', 'lapsed', 'pending', 'registered', 'disabled', 'no-email']

/**
 * The standing of each contact of a query over `contacts`, as one SQL expression, for lists, counts, reports and plans alike.
 * Somebody who was only imported, and never mailed, has not been invited.
 */
export function standingOf(db: Db, choice: PortalChoice, now: number): Knex.Raw {
  return db.raw(
    `case
      when contacts.email_normalized is null then 'no-email'
      when exists ? then 'disabled'
      when exists ? then 'registered'
      when exists ? then 'pending'
      when exists ? then 'lapsed'
      when exists ? then 'lapsed'
      else 'not-invited' end`,
    [
      logins(db).where('portal_users.status', 'disabled'),
      access(db, choice)
        .whereNull('portal_access.revoked_at')
        .where(any => known(any)),
      open(db, choice, now),
      invitations(db, choice),
      access(db, choice).whereNotNull('portal_access.revoked_at'),
    ],
  )
}

/** Only the contacts with one of these standings, in a query over `contacts`. */
export function withStanding(
  query: Knex.QueryBuilder,
  db: Db,
  choice: PortalChoice,
  standings: readonly Standing[],
  now: number,
): Knex.QueryBuilder {
  return query.whereRaw(`? in (${standings.map(() => '?').join(', ')})`, [standingOf(db, choice, now), ...standings])
}

/** The logins of a contact: its own, and the one that signs in with its address. */
function logins(db: Db): Knex.QueryBuilder {
  return db('portal_users')
    .whereNull('portal_users.deleted_at')
    .whereRaw('(portal_users.contact_id = contacts.id or portal_users.email_normalized = contacts.email_normalized)')
    .select(db.raw('1'))
}

function access(db: Db, choice: PortalChoice): Knex.QueryBuilder {
  return ofChoice(
    db,
    logins(db).join('portal_access', 'portal_access.portal_user_id', 'portal_users.id'),
    'portal_access.portal_id',
    choice,
  )
}

/** Has signed in, or has been sent what is needed to. */
function known(any: Knex.QueryBuilder): void {
  void any
    .whereNotNull('portal_users.first_login_at')
    .orWhere('portal_users.must_change_password', false)
    .orWhereRaw(
      "exists (select 1 from emails where emails.portal_user_id = portal_users.id and emails.template = 'sign-in-details' and emails.status <> 'cancelled')",
    )
}

function invitations(db: Db, choice: PortalChoice): Knex.QueryBuilder {
  const rows = db('invitations')
    .whereRaw('invitations.email_normalized = contacts.email_normalized')
    .select(db.raw('1'))
  return ofChoice(db, rows, 'invitations.portal_id', choice)
}

function open(db: Db, choice: PortalChoice, now: number): Knex.QueryBuilder {
  return invitations(db, choice)
    .where('invitations.status', 'open')
    .whereNotExists(
      db('emails')
        .whereRaw('emails.invitation_id = invitations.id')
        .where('emails.sent_at', '<=', now - INVITATION_MS)
        .select(db.raw('1')),
    )
}

/** A removed portal of a contact counts: what was there before is not forgotten. */
function ofChoice(db: Db, query: Knex.QueryBuilder, column: string, choice: PortalChoice): Knex.QueryBuilder {
  if (choice !== 'own') return query.where(column, choice)
  return query.whereRaw('?? = (select portals.id from portals where portals.contact_id = contacts.id)', [column])
}

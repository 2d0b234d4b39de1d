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
      when ? then 'disabled'
      when ? then 'registered'
      when exists ? then 'pending'
      when exists ? then 'lapsed'
      when ? then 'lapsed'
      else 'not-invited' end`,
    [
      hasDisabledLogin(db),
      hasKnownAccess(db, choice),
      pendingInvitation(db, choice, now),
      invitations(db, choice),
      anyLogin(db, logins => access(db, logins, choice).whereNotNull('portal_access.revoked_at')),
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

/** In a query over `contacts`: whether their login, or the one that signs in with their address, is disabled. */
export function hasDisabledLogin(db: Db): Knex.Raw {
  return anyLogin(db, logins => logins.where('portal_users.status', 'disabled'))
}

/** A portal of a choice, or the one of the row of `portals` that an outer query is at. */
export type PortalRef = PortalChoice | 'portals.id'

/** In a query over `contacts`: whether they have access to this portal, and have been told how to use it. */
export function hasKnownAccess(db: Db, portal: PortalRef): Knex.Raw {
  return anyLogin(db, logins =>
    access(db, logins, portal)
      .whereNull('portal_access.revoked_at')
      .where(any => known(any)),
  )
}

/** In a query over `contacts`: the invitation to this portal that they can still accept. */
export function pendingInvitation(db: Db, portal: PortalRef, now: number): Knex.QueryBuilder {
  return invitations(db, portal)
    .where('invitations.status', 'open')
    .whereNotExists(
      db('emails')
        .whereRaw('emails.invitation_id = invitations.id')
        .where('emails.sent_at', '<=', now - INVITATION_MS)
        .select(db.raw('1')),
    )
}

/**
 * Whether a contact has such a login: its own, or the one that signs in with its address. They are looked up one by one, as
 * an "or" between the two would have the whole table read for every contact.
 */
function anyLogin(db: Db, such: (logins: Knex.QueryBuilder) => Knex.QueryBuilder): Knex.Raw {
  const by = (column: string): Knex.QueryBuilder =>
    such(db('portal_users').whereNull('portal_users.deleted_at').whereRaw(column).select(db.raw('1')))
  return db.raw('(exists ? or exists ?)', [
    by('portal_users.contact_id = contacts.id'),
    by('portal_users.email_normalized = contacts.email_normalized'),
  ])
}

function access(db: Db, logins: Knex.QueryBuilder, choice: PortalRef): Knex.QueryBuilder {
  return ofChoice(
    db,
    logins.join('portal_access', 'portal_access.portal_user_id', 'portal_users.id'),
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

function invitations(db: Db, choice: PortalRef): Knex.QueryBuilder {
  const rows = db('invitations')
    .whereRaw('invitations.email_normalized = contacts.email_normalized')
    .select(db.raw('1'))
  return ofChoice(db, rows, 'invitations.portal_id', choice)
}

/** A removed portal of a contact counts: what was there before is not forgotten. */
function ofChoice(db: Db, query: Knex.QueryBuilder, column: string, choice: PortalRef): Knex.QueryBuilder {
  if (choice === 'portals.id') return query.whereRaw('?? = ??', [column, choice])
  if (choice !== 'own') return query.where(column, choice)
  return query.whereRaw('?? = (select portals.id from portals where portals.contact_id = contacts.id)', [column])
}

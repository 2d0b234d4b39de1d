import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { usableLogin, usableLogins } from '../access/plan.ts'
import { contactsIn } from '../contacts/selection.ts'
import { emailKey } from '../email-address.ts'
import { isPlainAddress } from './plain-addresses.ts'
import { hasKnownAccess, pendingInvitation, hasDisabledLogin, type PortalChoice } from './standing.ts'

/**
 * What would become of a contact; each is in exactly one group. `access-now`: has a username and password and gets portals at
 * once. `invite`: is sent an invitation. `shares-email`: somebody else of the selection with the same address is invited, or
 * gets access, in their place. `not-an-address`: what stands for an email address is none.
 */
export type PlanGroup =
  'access-now' | 'invite' | 'invited' | 'has-access' | 'shares-email' | 'disabled' | 'not-an-address' | 'no-email'

/**
 * Which portals the selected contacts are to have. `invite`: everybody is invited, to a shared portal or to their own. `add`:
 * those with a username and password get shared portals at once, and the others are invited to them.
 */
export type Target = { by: 'invite'; choice: PortalChoice } | { by: 'add'; portalIds: number[] }

/** What of a plan is not in the database: the contacts whose address is none, as only what reads addresses can tell. */
export interface Known {
  unusable: number[]
  now: number
}

/** Finds out what `groupsOf` has to know. */
export async function knownFor(db: Db, selection: string, target: Target, now: number): Promise<Known> {
  const query = contactsIn(db, selection)
    .whereNotNull('contacts.email')
    .whereRaw('not ?', [isPlainAddress(db)])
  if (target.by === 'add') void query.whereNotExists(usableLogin(db))
  const rows = await query.select<{ id: number; email: string }[]>('contacts.id', 'contacts.email')
  return { unusable: rows.filter(({ email }) => emailKey(email) === null).map(({ id }) => id), now }
}

/**
 * One row a selected contact: `contact_id`, its `plan_group`, and for those who would be invited the first with that address
 * as `leader_id`.
 */
export function groupsOf(db: Db, selection: string, target: Target, known: Known): Knex.QueryBuilder {
  const standings =
    target.by === 'add'
      ? standingsWithLogins(db, selection, target.portalIds, known)
      : standingsOf(db, selection, target.choice, known)
  const shared = sharedPortalIds(target) !== null
  const led = db
    .withMaterialized('standings', standings) // else SQLite finds a standing out again wherever it is spoken of
    .from('standings')
    .select('contact_id', 'standing', shared ? db.raw(LEADER) : 'contact_id as leader_id')
  const isLed = shared ? 'leader_id <> contact_id' : '1 = 0'
  return db
    .from(led.as('led'))
    .whereNotNull('contact_id')
    .select(
      'contact_id',
      db.raw(`case when standing = 'invite' and ${isLed} then 'shares-email' else standing end as plan_group`),
      db.raw("case when standing = 'invite' then leader_id end as leader_id"),
    )
}

/** Of those who share an address, one stands for all; with portals of their own everybody stands for themselves. */
const LEADER = `first_value(contact_id) over (
  partition by address, case when standing in ('access-now', 'invite') then 1 else 0 end
  order by case standing when 'access-now' then 0 else 1 end, name_normalized, contact_id) as leader_id`

/**
 * Keeps, in a query over contacts and portals, the pairs that can be invited: without access, and without an invitation
 * that waits. That is asked for as a value, of which there is one at most: where PostgreSQL counted few invitations before,
 * it would read an index through for each pair to join them.
 */
export function onlyFree(query: Knex.QueryBuilder, db: Db, now: number): Knex.QueryBuilder {
  return query
    .whereRaw('not ?', [hasKnownAccess(db, 'portals.id')])
    .whereRaw('? is null', [pendingInvitation(db, 'portals.id', now)])
}

/** The shared portals of a target; null when it is each contact's own. */
export function sharedPortalIds(target: Target): number[] | null {
  if (target.by === 'add') return target.portalIds
  return target.choice === 'own' ? null : [target.choice]
}

/** The portals that a contact of the outer query is to have, of those that exist already. */
function targetPortals(db: Db, target: Target): Knex.QueryBuilder {
  const portals = db('portals').select('portals.id')
  const shared = sharedPortalIds(target)
  if (!shared) return portals.whereRaw('portals.contact_id = contacts.id')
  return portals.whereIn('portals.id', shared).whereNull('portals.removed_at')
}

function standingsOf(db: Db, selection: string, choice: PortalChoice, known: Known): Knex.QueryBuilder {
  return contactsIn(db, selection).select(
    'contacts.id as contact_id',
    'contacts.name_normalized',
    'contacts.email_normalized as address',
    db.raw('case ? as standing', [withoutLogin(db, { by: 'invite', choice }, known)]),
  )
}

/** As `standingsOf`, with those first who have a username and password. They stand for the address of that login. */
function standingsWithLogins(db: Db, selection: string, portalIds: number[], known: Known): Knex.QueryBuilder {
  const held = db('portal_access')
    .whereIn('portal_access.portal_id', portalIds)
    .whereNull('portal_access.revoked_at')
    .groupBy('portal_access.portal_user_id')
    .select('portal_access.portal_user_id', db.raw('count(*) as portals'))
  const logins = usableLogins(db).select('portal_users.id', 'portal_users.contact_id', 'portal_users.email_normalized')
  return contactsIn(db, selection)
    .leftJoin(logins.as('logins'), 'logins.contact_id', 'contacts.id')
    .leftJoin(held.as('held'), 'held.portal_user_id', 'logins.id')
    .select(
      'contacts.id as contact_id',
      'contacts.name_normalized',
      db.raw('case when logins.id is null then contacts.email_normalized else logins.email_normalized end as address'),
      db.raw(
        `case
          when logins.id is not null and coalesce(held.portals, 0) < ? then 'access-now'
          when logins.id is not null then 'has-access'
          ? as standing`,
        [portalIds.length, withoutLogin(db, { by: 'add', portalIds }, known)],
      ),
    )
}

/** The cases of those who have to be invited, up to the end. */
function withoutLogin(db: Db, target: Target, { unusable, now }: Known): Knex.Raw {
  const free = sharedPortalIds(target)
    ? db.raw('exists ?', [onlyFree(targetPortals(db, target), db, now)])
    : db.raw('not ? and not exists ?', [hasKnownAccess(db, 'own'), pendingInvitation(db, 'own', now)])
  const waiting = targetPortals(db, target)
    .whereRaw('not ?', [hasKnownAccess(db, 'portals.id')])
    .whereRaw('? is not null', [pendingInvitation(db, 'portals.id', now)])
  return db.raw(
    `when contacts.email_normalized is null then 'no-email'
      when contacts.id in ? then 'not-an-address'
      when ? then 'disabled'
      when ? then 'invite'
      when exists ? then 'invited'
      else 'has-access' end`,
    [listed(db, unusable), hasDisabledLogin(db), free, waiting],
  )
}

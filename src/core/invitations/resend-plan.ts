import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { invitationsMatching, type InvitationFilter } from './find.ts'
import { writtenTooOften } from './often.ts'

/** Which invitations are to be sent again: those that were ticked, or all that match. */
export type Chosen = { ids: number[] } | { filter: InvitationFilter }

/**
 * What becomes of each. `registered`: they have registered, or have the portal some other way; `newer`: there is a newer
 * invitation; `cancelled`: was taken back on purpose, and is sent again only when ticked or asked for by its state; `too-soon`:
 * as many as may be were written to this address already.
 */
export type ResendOutcome = 'resent' | 'registered' | 'newer' | 'cancelled' | 'portal-removed' | 'too-soon'

/** How many have each outcome. `mark` stands for which would be sent again: the same mark is the same invitations. */
export interface ResendPlan {
  counts: Record<ResendOutcome, number>
  mark: string
}

export async function planResend(db: Db, chosen: Chosen, now: number): Promise<ResendPlan> {
  return countedResend(db.from(outcomesOf(db, chosen, now).as('planned')), 'planned.id')
}

/** The plan that the rows of a query make, one an invitation. */
export async function countedResend(query: Knex.QueryBuilder, id: string): Promise<ResendPlan> {
  const rows = await query
    .groupBy('outcome')
    .count<OutcomeRow[]>({ total: id })
    .sum<OutcomeRow[]>({ ids: id })
    .select<OutcomeRow[]>('outcome', query.client.raw(`sum(${MIXED}) as mixed`, [id, id]))
  const counts = { resent: 0, registered: 0, newer: 0, cancelled: 0, 'portal-removed': 0, 'too-soon': 0 }
  for (const { outcome, total } of rows) counts[outcome] = total
  const going = rows.find(({ outcome }) => outcome === 'resent')
  return { counts, mark: [counts.resent, going?.ids ?? 0, going?.mixed ?? 0].join('.') }
}

/** Of an id, so that other ones with the same sum have another sum of these; their square root is the largest that fits. */
const MIXED = '(?? % 46337) * (?? % 46337)'

interface OutcomeRow {
  outcome: ResendOutcome
  total: number
  ids: number
  mixed: number
}

/** The chosen ones as a query over `invitations`. */
export function chosenInvitations(db: Db, chosen: Chosen, now: number): Knex.QueryBuilder {
  if ('filter' in chosen) return invitationsMatching(db, chosen.filter, now)
  return db('invitations').whereIn('invitations.id', listed(db, chosen.ids))
}

/** One row an invitation: its `id` and its `outcome`. Of several to one address and portal the newest is sent. */
export function outcomesOf(db: Db, chosen: Chosen, now: number): Knex.QueryBuilder {
  const alone = chosenInvitations(db, chosen, now)
    .join('portals', 'portals.id', 'invitations.portal_id')
    .select(
      'invitations.id',
      'invitations.portal_id',
      'invitations.email_normalized',
      outcomeAlone(db, chosen, now).wrap('', ' as alone'),
    )
  const led = db
    .withMaterialized('each_alone', alone)
    .from('each_alone')
    .select('id', 'alone', db.raw(`max(case when alone = 'resent' then id end) over (${SAME_PERSON}) as sent_id`))
  return db
    .from(led.as('led'))
    .whereNotNull('id')
    .select('id', db.raw(`case when sent_id > id and alone in (${MAY_BE_SENT}) then 'newer' else alone end as outcome`))
}

const SAME_PERSON = 'partition by portal_id, email_normalized'
const MAY_BE_SENT = "'resent', 'cancelled', 'too-soon'"

/** What becomes of an invitation, were it the only one that is chosen. */
function outcomeAlone(db: Db, chosen: Chosen, now: number): Knex.Raw {
  const withCancelled = 'ids' in chosen || chosen.filter.state === 'cancelled'
  return db.raw(
    `case
      when portals.removed_at is not null then 'portal-removed'
      when invitations.status = 'accepted' or exists ? then 'registered'
      when invitations.status = 'superseded' or exists ? then 'newer'
      ${withCancelled ? '' : "when invitations.status = 'cancelled' then 'cancelled'"}
      when exists ? then 'too-soon'
      else 'resent' end`,
    [access(db), otherOpen(db), writtenTooOften(db, now)],
  )
}

/** In a query over invitations: the access that whoever signs in with the address has to the portal. */
function access(db: Db): Knex.QueryBuilder {
  return db('sign_in_names')
    .join('portal_access', 'portal_access.portal_user_id', 'sign_in_names.portal_user_id')
    .whereRaw('sign_in_names.name_normalized = invitations.email_normalized')
    .whereRaw('portal_access.portal_id = invitations.portal_id')
    .whereNull('portal_access.revoked_at')
    .select(db.raw('1'))
}

/** In a query over invitations: another one of the same portal and address that is open. */
function otherOpen(db: Db): Knex.QueryBuilder {
  return db({ other: 'invitations' })
    .whereRaw('other.portal_id = invitations.portal_id and other.email_normalized = invitations.email_normalized')
    .whereRaw('other.id <> invitations.id')
    .where('other.status', 'open')
    .select(db.raw('1'))
}

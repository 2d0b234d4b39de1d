import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import type { Config } from '../../config.ts'
import { listed as listedIds } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { batchOfForm, startBatch } from '../batches/batches.ts'
import { writeOutcomes } from '../batches/outcomes.ts'
import { emailKey } from '../email-address.ts'
import { countSoon } from '../jobs/statistics.ts'
import { allOrNothing, ok, refused, type Result } from '../result.ts'
import { stillStoodFor } from './ceiling.ts'
import { invitationsMatching, type InvitationFilter } from './find.ts'
import { allInvitations, invitationsOf, type ListedInvitation } from './list.ts'
import { tooSoon } from './often.ts'
import { renewInvitations, type Renewal } from './renew.ts'

const AT_ONCE = 1000

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
  return counted(await outcomesOf(db, chosen, now))
}

/**
 * Sends invitations again, all or nothing: new links, seven new days; the old links stop working. Returns the batch that says
 * what became of each. Refused with the plan as it is now when it has another mark than `seen`; a second press of the same
 * form gives the batch of the first.
 */
export function resendMany(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  { chosen, seen, formKey }: { chosen: Chosen; seen: string; formKey: string },
  now: number,
): Promise<Result<number, ResendPlan>> {
  return allOrNothing<number, ResendPlan>(db, async trx => {
    const batchId = await startBatch(trx, staff, { kind: 'resend', formKey, summary: { seen } }, now)
    if (batchId === null) return ok((await batchOfForm(trx, staff, formKey)) ?? 0)
    await lockThem(trx, chosen, now)
    const outcomes = await outcomesOf(trx, chosen, now)
    const plan = counted(outcomes)
    if (plan.mark !== seen || plan.counts.resent === 0) return refused(plan)
    const sent = outcomes.filter(one => one.outcome === 'resent').map(({ invitation }) => invitation)
    const theirs = await stillStoodFor(trx, sent, now)
    const going = sent.map(invitation => renewalOf(staff, invitation, theirs.has(invitation.id)))
    for (let start = 0; start < going.length; start += AT_ONCE)
      await renewInvitations(trx, deps, going.slice(start, start + AT_ONCE), batchId, now)
    const items = outcomes.map(({ invitation, outcome }) => ({ subjectId: invitation.id, outcome }))
    await writeOutcomes(trx, batchId, 'invitation', items)
    await record(trx, staff, 'invitations.resent', { type: 'batch', id: batchId }, plan.counts, now)
    await countSoon(trx, going.length, now)
    return ok(batchId)
  })
}

/** Somebody else who sends the same ones waits here; on SQLite all changes wait for each other anyway. */
async function lockThem(trx: Db, chosen: Chosen, now: number): Promise<void> {
  const ids =
    'ids' in chosen ? chosen.ids : await invitationsMatching(trx, chosen.filter, now).pluck<number[]>('invitations.id')
  await trx('invitations').whereIn('id', listedIds(trx, ids)).orderBy('id').forUpdate().select('id')
}

interface Outcome {
  invitation: ListedInvitation
  outcome: ResendOutcome
}

/** The newest first decides: of several to one address and portal only one is sent. */
async function outcomesOf(db: Db, chosen: Chosen, now: number): Promise<Outcome[]> {
  const found =
    'ids' in chosen ? await invitationsOf(db, chosen.ids, now) : await allInvitations(db, chosen.filter, now)
  const over = await idsAmong(db, found, hasAccess)
  const replaced = await idsAmong(db, found, otherOpen)
  const waiting = await idsAmong(db, found, such => tooSoon(such, now))
  const going = new Set<string>()
  const withCancelled = 'ids' in chosen || chosen.filter.state === 'cancelled'
  return found
    .toSorted((a, b) => b.id - a.id)
    .map(invitation => {
      const outcome = outcomeOf(invitation, { over, replaced, waiting, withCancelled, going })
      if (outcome === 'resent') going.add(keyOf(invitation))
      return { invitation, outcome }
    })
}

function outcomeOf(
  invitation: ListedInvitation,
  known: { over: Set<number>; replaced: Set<number>; waiting: Set<number>; withCancelled: boolean; going: Set<string> },
): ResendOutcome {
  if (invitation.portalRemoved) return 'portal-removed'
  if (invitation.state === 'accepted' || known.over.has(invitation.id)) return 'registered'
  if (invitation.state === 'superseded' || known.replaced.has(invitation.id)) return 'newer'
  if (known.going.has(keyOf(invitation))) return 'newer'
  if (invitation.state === 'cancelled' && !known.withCancelled) return 'cancelled'
  return known.waiting.has(invitation.id) ? 'too-soon' : 'resent'
}

function keyOf({ portalId, email }: ListedInvitation): string {
  return `${String(portalId)} ${emailKey(email) ?? email}`
}

async function idsAmong(db: Db, found: ListedInvitation[], such: (db: Db) => Knex.QueryBuilder): Promise<Set<number>> {
  const ids = found.map(invitation => invitation.id)
  const rows = await such(db).whereIn('invitations.id', listedIds(db, ids)).pluck<number[]>('invitations.id')
  return new Set(rows)
}

/** Invitations of people who have the portal already. */
function hasAccess(db: Db): Knex.QueryBuilder {
  return db('invitations')
    .join('sign_in_names', 'sign_in_names.name_normalized', 'invitations.email_normalized')
    .join('portal_access', join => {
      void join
        .on('portal_access.portal_user_id', 'sign_in_names.portal_user_id')
        .andOn('portal_access.portal_id', 'invitations.portal_id')
        .andOnNull('portal_access.revoked_at')
    })
}

/** Invitations that are over, while another one of the same portal and address is open. */
function otherOpen(db: Db): Knex.QueryBuilder {
  const others = db({ other: 'invitations' })
    .whereRaw('other.portal_id = invitations.portal_id and other.email_normalized = invitations.email_normalized')
    .whereRaw('other.id <> invitations.id')
    .where('other.status', 'open')
  return db('invitations').whereExists(others.select(db.raw('1')))
}

/** What a customer has written stays theirs while they may invite; else it is from whoever sends it now. */
function renewalOf(staff: Staff, invitation: ListedInvitation, isTheirs: boolean): Renewal {
  const { portalId, portalName, portalEnabled, inviterPortalUserId: id, inviterName } = invitation
  const customer = { kind: 'portal_user' as const, id: id ?? 0, name: inviterName ?? staff.name }
  const inviter = isTheirs ? customer : staff
  return { invitation, portal: { id: portalId, name: portalName, enabled: portalEnabled }, inviter }
}

function counted(outcomes: Outcome[]): ResendPlan {
  const counts = { resent: 0, registered: 0, newer: 0, cancelled: 0, 'portal-removed': 0, 'too-soon': 0 }
  for (const { outcome } of outcomes) counts[outcome] += 1
  const going = outcomes.flatMap(({ invitation, outcome }) => (outcome === 'resent' ? [invitation.id] : []))
  return { counts, mark: createHash('sha256').update(going.join()).digest('base64url') }
}

import type { Knex } from 'knex'
import type { Config } from '../../config.ts'
import { hold } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { batchOfForm, startBatch, writeItemsOf } from '../batches/batches.ts'
import { countSoon } from '../jobs/statistics.ts'
import { allOrNothing, ok, refused, type Result } from '../result.ts'
import { stillStoodFor } from './ceiling.ts'
import { invitationsOf, type ListedInvitation } from './list.ts'
import { renewInvitations, type Renewal } from './renew.ts'
import { chosenInvitations, countedResend, outcomesOf, type Chosen, type ResendPlan } from './resend-plan.ts'

/** Memory holds so many invitations, and not all of them. */
const AT_ONCE = 500

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
    await holdInvitations(trx, chosenInvitations(trx, chosen, now))
    await writeItemsOf(trx, itemsOf(trx, batchId, outcomesOf(trx, chosen, now)))
    const plan = await countedResend(trx('batch_items').where({ batch_id: batchId }), 'subject_id')
    if (plan.mark !== seen || plan.counts.resent === 0) return refused(plan)
    await resendItems(trx, deps, staff, batchId, now)
    await record(trx, staff, 'invitations.resent', { type: 'batch', id: batchId }, plan.counts, now)
    await countSoon(trx, plan.counts.resent, now)
    return ok(batchId)
  })
}

/** Somebody else who sends the same ones waits here. */
function holdInvitations(trx: Db, invitations: Knex.QueryBuilder): Promise<void> {
  return hold(trx, invitations.orderBy('invitations.id').forUpdate().select('invitations.id'))
}

function itemsOf(trx: Db, batchId: number, outcomes: Knex.QueryBuilder): Knex.QueryBuilder {
  return trx
    .from(outcomes.as('planned'))
    .whereNotNull('id')
    .select(
      trx.raw('cast(? as integer)', [batchId]),
      trx.raw("'invitation'"),
      'id',
      'outcome',
      trx.raw('cast(null as text)'),
    )
}

/** Writes those again of which the batch says so. */
async function resendItems(
  trx: Db,
  deps: { config: Config },
  staff: Staff,
  batchId: number,
  now: number,
): Promise<void> {
  for (let after = 0; ;) {
    const ids = await nextItems(trx, batchId, after)
    if (ids.length === 0) return
    const invitations = await invitationsOf(trx, ids, now)
    const theirs = await stillStoodFor(trx, invitations, now)
    const renewals = invitations.map(invitation => renewalOf(staff, invitation, theirs.has(invitation.id)))
    await renewInvitations(trx, deps, renewals, batchId, now)
    after = ids.at(-1) ?? after
  }
}

function nextItems(trx: Db, batchId: number, after: number): Promise<number[]> {
  return trx('batch_items')
    .where({ batch_id: batchId, outcome: 'resent' })
    .where('subject_id', '>', after)
    .orderBy('subject_id')
    .limit(AT_ONCE)
    .pluck<number[]>('subject_id')
}

/** What a customer has written stays theirs while they may invite; else it is from whoever sends it now. */
function renewalOf(staff: Staff, invitation: ListedInvitation, isTheirs: boolean): Renewal {
  const { portalId, portalName, portalEnabled, inviterPortalUserId: id, inviterName } = invitation
  const customer = { kind: 'portal_user' as const, id: id ?? 0, name: inviterName ?? staff.name }
  const inviter = isTheirs ? customer : staff
  return { invitation, portal: { id: portalId, name: portalName, enabled: portalEnabled }, inviter }
}

import type { Knex } from 'knex'
import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { failpoint } from '../../failpoints.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { batchOfForm, leaveOut, startBatch, writeItemsOf, type BatchKind } from '../batches/batches.ts'
import { holdContacts } from '../contacts/hold.ts'
import { contactsIn } from '../contacts/selection.ts'
import { countSoon } from '../jobs/statistics.ts'
import { allOrNothing, ok, refused, unlessTaken, type Result } from '../result.ts'
import { inviteItems } from './bulk-write.ts'
import { countedPlan, planInvitations, type Plan } from './plan.ts'
import { groupsOf, knownFor, type PlanGroup, type Target } from './plan-groups.ts'

/** What of a plan is not to be done: whole groups, and single contacts. */
export interface LeftOut {
  groups: PlanGroup[]
  contactIds: number[]
}

export interface BulkInvitation {
  selection: string
  /** The mark of the plan that the person was shown; when the plan is another one by now, nothing is done. */
  seen: string
  /** One for each time the page was shown: the same key twice is one press twice. */
  formKey: string
  leftOut: LeftOut
  message: string | null
}

export type BulkRefusal = { kind: 'changed-meanwhile'; plan: Plan } | { kind: 'nothing-to-do'; plan: Plan }

/**
 * Invites the selected contacts, all or nothing, and returns the batch that says what became of each. Those who have the
 * portal, or can still accept an invitation, are left alone; expired invitations give way to the new ones. A second press of
 * the same form gives the first one's batch.
 */
export function inviteContacts(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  request: BulkInvitation & { choice: (Target & { by: 'invite' })['choice'] },
  now: number,
): Promise<Result<number, BulkRefusal>> {
  const { choice, message } = request
  const target = { by: 'invite' as const, choice }
  return carryOut(
    db,
    staff,
    { ...request, target, kind: 'bulk_invite', summary: { choice, message } },
    now,
    async (trx, batchId) => {
      const invitations = await inviteItems(trx, deps, staff, { batchId, target, message }, now)
      return invitations === null ? null : { action: 'contacts.invited', data: { choice, invitations } }
    },
  )
}

/** What the log says of the work; null when something else was in the way, as it was changed since it was planned. */
interface WorkDone {
  action: string
  data: Record<string, unknown>
}

export interface PlannedWork extends Pick<BulkInvitation, 'selection' | 'seen' | 'formKey' | 'leftOut'> {
  target: Target
  kind: BatchKind
  summary: Record<string, unknown>
}

/**
 * Opens a batch with one line a contact as it is planned now, and does the work if that is the plan that was seen: the lines
 * say what there is to do. Whoever invites the same people at the same moment wins or loses whole.
 */
export async function carryOut(
  db: Db,
  staff: Staff,
  planned: PlannedWork,
  now: number,
  work: (trx: Knex.Transaction, batchId: number) => Promise<WorkDone | null>,
): Promise<Result<number, BulkRefusal>> {
  const { kind, formKey, summary, selection, target } = planned
  const done = await unlessTaken('taken' as const, () =>
    allOrNothing<number, BulkRefusal>(db, async trx => {
      // The form key is claimed before anything is looked at: a second press waits here, and gets the first one's batch.
      const batchId = await startBatch(trx, staff, { kind, formKey, summary }, now)
      if (batchId === null) return ok((await batchOfForm(trx, staff, formKey)) ?? 0)
      await holdContacts(trx, contactsIn(trx, selection))
      const plan = await writePlan(trx, planned, batchId, now)
      if (plan.mark !== planned.seen) return refused({ kind: 'changed-meanwhile', plan })
      const left = await leaveOut(trx, batchId, planned.leftOut)
      if (plan.counts['access-now'] + plan.counts.invite === left) return refused({ kind: 'nothing-to-do', plan })
      const worked = await work(trx, batchId)
      if (!worked)
        return refused({ kind: 'changed-meanwhile', plan: await planInvitations(trx, selection, target, now) })
      const { action, data } = worked
      const all = { ...data, selected: plan.selected, ...plan.counts, leftOut: left }
      await record(trx, staff, action, { type: 'batch', id: batchId }, all, now)
      await countSoon(trx, plan.selected, now)
      failpoint('batch.written')
      return ok(batchId)
    }),
  )
  failpoint('batch.committed')
  if (done.ok || done.error !== 'taken') return done as Result<number, BulkRefusal>
  return refused({ kind: 'changed-meanwhile', plan: await planInvitations(db, selection, target, now) })
}

/** Writes what would become of each contact, and counts that. */
async function writePlan(trx: Db, { selection, target }: PlannedWork, batchId: number, now: number): Promise<Plan> {
  const groups = groupsOf(trx, selection, target, await knownFor(trx, selection, target, now))
  const outcome = `case
    when plan_group = 'access-now' then 'granted'
    when plan_group = 'invite' then 'invited'
    when plan_group in ('invited', 'has-access') then 'already'
    else 'skipped' end`
  const items = trx
    .from(groups.as('planned'))
    .whereNotNull('contact_id')
    .select(
      trx.raw('cast(? as integer)', [batchId]),
      trx.raw("'contact'"),
      'contact_id',
      trx.raw(outcome),
      'plan_group',
    )
  await writeItemsOf(trx, items)
  return countedPlan(trx('batch_items').where({ batch_id: batchId }), 'reason', 'subject_id')
}

import type { Config } from '../../config.ts'
import { insertFrom } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { batchOfForm, startBatch, writeItemsOf } from '../batches/batches.ts'
import { holdContacts } from '../contacts/hold.ts'
import { contactsIn } from '../contacts/selection.ts'
import { carryOut, type BulkInvitation, type BulkRefusal } from '../invitations/bulk.ts'
import { inviteItems } from '../invitations/bulk-write.ts'
import { cancelOrphaned } from '../invitations/withdraw.ts'
import { countSoon } from '../jobs/statistics.ts'
import { allOrNothing, ok, refused, type Result } from '../result.ts'
import { planRemoval, usableLogins, type RemovalPlan } from './plan.ts'

/**
 * Gives shared portals to the selected contacts, all or nothing, and returns the batch that says what became of each: those
 * with a username and password get them at once, the others are invited to them. Portals that a contact has stay as they
 * are. A second press of the same form gives the first one's batch.
 */
export function addPortals(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  request: Omit<BulkInvitation, 'message'> & { portalIds: number[] },
  now: number,
): Promise<Result<number, BulkRefusal>> {
  const { portalIds } = request
  const target = { by: 'add' as const, portalIds }
  const planned = { ...request, target, kind: 'grant_portals' as const, summary: { portalIds } }
  return carryOut(db, staff, planned, now, async (trx, batchId) => {
    const pairs = await grant(trx, staff, portalIds, batchId, now)
    const invitations = await inviteItems(trx, deps, staff, { batchId, target, message: null }, now)
    return invitations === null ? null : { action: 'portals.granted', data: { portalIds, pairs, invitations } }
  })
}

export interface RemovalRequest {
  selection: string
  portalIds: number[]
  /** What the person was shown; when it is no longer so, nothing is done. */
  seen: RemovalPlan
  /** One for each time the page was shown: the same key twice is one press twice. */
  formKey: string
}

type Refusal = { kind: 'changed-meanwhile'; plan: RemovalPlan } | { kind: 'nothing-to-do' }

/**
 * Takes portals from the selected contacts, all or nothing, and returns the batch that says what was done. Contacts without
 * a username or password have none, and are counted. A second press of the same form gives the first one's batch.
 */
export async function removePortals(
  db: Db,
  staff: Staff,
  request: RemovalRequest,
  now: number,
): Promise<Result<number, Refusal>> {
  const { seen: plan, formKey, portalIds } = request
  return allOrNothing<number, Refusal>(db, async trx => {
    // The form key is claimed before anything is looked at: a second press waits here, and gets the first one's batch.
    const kind = 'revoke_portals'
    const batchId = await startBatch(trx, staff, { kind, formKey, summary: { portalIds, ...plan } }, now)
    if (batchId === null) return ok((await batchOfForm(trx, staff, formKey)) ?? 0)
    await holdContacts(trx, contactsIn(trx, request.selection))
    const current = await planRemoval(trx, request.selection, portalIds)
    if (!samePlan(current, plan)) return refused({ kind: 'changed-meanwhile', plan: current })
    if (plan.changing === 0) return refused({ kind: 'nothing-to-do' })
    const pairs = await revoke(trx, request, batchId, now)
    await writeItems(trx, request.selection, batchId)
    const subject = { type: 'batch', id: batchId }
    await record(trx, staff, 'portals.removed', subject, { portalIds, pairs, ...plan }, now)
    await countSoon(trx, plan.selected, now)
    return ok(batchId)
  })
}

/**
 * Gives the portals to those of whom the batch says so; what they have already, its index leaves out. PostgreSQL, asked for
 * what they have not, reads the growing table for each of them where it was nearly empty before.
 */
async function grant(trx: Db, staff: Staff, portalIds: number[], batchId: number, now: number): Promise<number> {
  const granted = trx('batch_items').where({ batch_id: batchId, outcome: 'granted' }).select('subject_id')
  const missing = usableLogins(trx)
    .whereIn('portal_users.contact_id', granted)
    .join('portals', join => void join.onIn('portals.id', portalIds))
    .whereNull('portals.removed_at')
  const columns = ['portal_user_id', 'portal_id', 'source', 'batch_id', 'granted_by_staff_id', 'granted_at']
  return insertFrom(
    trx,
    'portal_access',
    columns,
    missing.select(
      'portal_users.id',
      'portals.id',
      trx.raw("'bulk'"),
      trx.raw('cast(? as integer)', [batchId]),
      trx.raw('cast(? as integer)', [staff.id]),
      trx.raw('cast(? as bigint)', [now]),
    ),
  )
}

async function revoke(
  trx: Db,
  { selection, portalIds }: RemovalRequest,
  batchId: number,
  now: number,
): Promise<number> {
  const logins = usableLogins(trx).whereIn('portal_users.contact_id', contactsIn(trx, selection).select('contacts.id'))
  const revoked = await trx('portal_access')
    .whereNull('revoked_at')
    .whereIn('portal_id', portalIds)
    .whereIn('portal_user_id', logins.select('portal_users.id'))
    .update({ revoked_at: now, revoked_by_batch_id: batchId })
  const theirs = trx('portal_access').where('revoked_by_batch_id', batchId).select('portal_user_id')
  await cancelOrphaned(trx, theirs, now)
  return revoked
}

/** One line a contact, read back from what was written: the result page counts these. */
async function writeItems(trx: Db, selection: string, batchId: number): Promise<void> {
  const touched = trx('portal_access')
    .where('revoked_by_batch_id', batchId)
    .whereRaw('portal_access.portal_user_id = logins.id')
    .select('portal_access.id')
  const items = contactsIn(trx, selection)
    .leftJoin(
      usableLogins(trx).select('portal_users.id', 'portal_users.contact_id').as('logins'),
      'logins.contact_id',
      'contacts.id',
    )
    .select(
      trx.raw('cast(? as integer)', [batchId]),
      trx.raw("'contact'"),
      'contacts.id',
      trx.raw("case when logins.id is null then 'skipped' when exists ? then 'revoked' else 'already' end", [touched]),
      trx.raw("case when logins.id is null then 'no-login' end"),
    )
  await writeItemsOf(trx, items)
}

function samePlan(a: RemovalPlan, b: RemovalPlan): boolean {
  return a.selected === b.selected && a.changing === b.changing && a.unchanged === b.unchanged
}

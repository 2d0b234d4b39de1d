import { insertFrom } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { batchOfForm, startBatch, writeItemsOf } from '../batches/batches.ts'
import { contactsIn } from '../contacts/selection.ts'
import { allOrNothing, ok, refused, type Result } from '../result.ts'
import { planPortals, usableLogins, type PortalChange, type PortalPlan } from './plan.ts'

export interface PortalChangeRequest {
  selection: string
  change: PortalChange
  /** What the person was shown; when it is no longer so, nothing is done. */
  seen: PortalPlan
  /** One for each time the page was shown: the same key twice is one press twice. */
  formKey: string
}

type Refusal = { kind: 'changed-meanwhile'; plan: PortalPlan } | { kind: 'nothing-to-do' }

/**
 * Adds portals to the selected contacts, or removes them, all or nothing, and returns the batch that says what was done.
 * Adding never takes a portal away. Contacts without a username or password are left alone and counted. A second press
 * of the same form gives the first one's batch.
 */
export async function changePortals(
  db: Db,
  staff: Staff,
  request: PortalChangeRequest,
  now: number,
): Promise<Result<number, Refusal>> {
  const { seen: plan, formKey } = request
  const { action, portalIds } = request.change
  return allOrNothing<number, Refusal>(db, async trx => {
    // The form key is claimed before anything is looked at: a second press waits here, and gets the first one's batch.
    const kind = action === 'add' ? 'grant_portals' : 'revoke_portals'
    const batchId = await startBatch(trx, staff, { kind, formKey, summary: { portalIds, ...plan } }, now)
    if (batchId === null) return ok((await batchOfForm(trx, staff, formKey)) ?? 0)
    const current = await planPortals(trx, request.selection, request.change)
    if (!samePlan(current, plan)) return refused({ kind: 'changed-meanwhile', plan: current })
    if (plan.changing === 0) return refused({ kind: 'nothing-to-do' })
    const pairs =
      action === 'add' ? await grant(trx, staff, request, batchId, now) : await revoke(trx, request, batchId, now)
    await writeItems(trx, request, batchId)
    await record(
      trx,
      staff,
      `portals.${action === 'add' ? 'granted' : 'removed'}`,
      { type: 'batch', id: batchId },
      { portalIds, pairs, ...plan },
      now,
    )
    return ok(batchId)
  })
}

async function grant(
  trx: Db,
  staff: Staff,
  { selection, change }: PortalChangeRequest,
  batchId: number,
  now: number,
): Promise<number> {
  const missing = selectedLogins(trx, selection)
    .join('portals', join => void join.onIn('portals.id', change.portalIds))
    .whereNull('portals.removed_at')
    .whereNotExists(
      trx('portal_access')
        .whereRaw('portal_access.portal_user_id = portal_users.id')
        .whereRaw('portal_access.portal_id = portals.id')
        .whereNull('portal_access.revoked_at')
        .select('portal_access.id'),
    )
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
  { selection, change }: PortalChangeRequest,
  batchId: number,
  now: number,
): Promise<number> {
  return trx('portal_access')
    .whereNull('revoked_at')
    .whereIn('portal_id', change.portalIds)
    .whereIn('portal_user_id', selectedLogins(trx, selection).select('portal_users.id'))
    .update({ revoked_at: now, revoked_by_batch_id: batchId })
}

/** One line a contact, read back from what was written: the result page counts these. */
async function writeItems(trx: Db, { selection, change }: PortalChangeRequest, batchId: number): Promise<void> {
  const [column, done] = change.action === 'add' ? ['batch_id', 'granted'] : ['revoked_by_batch_id', 'revoked']
  const touched = trx('portal_access')
    .where(column, batchId)
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
      trx.raw("case when logins.id is null then 'skipped' when exists ? then cast(? as text) else 'already' end", [
        touched,
        done,
      ]),
      trx.raw("case when logins.id is null then 'no-login' end"),
    )
  await writeItemsOf(trx, items)
}

function selectedLogins(trx: Db, selection: string) {
  return usableLogins(trx).whereIn('portal_users.contact_id', contactsIn(trx, selection).select('contacts.id'))
}

function samePlan(a: PortalPlan, b: PortalPlan): boolean {
  return a.selected === b.selected && a.changing === b.changing && a.unchanged === b.unchanged
}

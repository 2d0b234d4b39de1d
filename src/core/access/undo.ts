import { insertFrom } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { markUndone, portalBatch, type Batch } from '../batches/batches.ts'
import { holdContacts } from '../contacts/hold.ts'
import { giveDenialsBack } from '../documents/denials.ts'
import { cancelOpen, cancelOrphaned } from '../invitations/withdraw.ts'
import { countSoon } from '../jobs/statistics.ts'
import { ok, refused, type Result } from '../result.ts'

/** Memory holds the ids of so many invitations, and not of all. */
const CANCELLED_AT_ONCE = 5000

/** What undoing a batch would do now, in pairs of one person and one portal. */
export interface UndoPlan {
  /** As the batch left them: these are put back. */
  putBack: number
  /** Changed by somebody since: these stay as they are, and so does the access of those who accepted an invitation. */
  kept: number
  /** Invitations that can still be accepted: these are cancelled. */
  cancelled: number
}

/** Counts without changing anything. */
export async function planUndo(db: Db, batch: Batch): Promise<UndoPlan> {
  const touched = (await count(touchedBy(db, batch))) + (await count(accepted(db, batch)))
  const putBack = await count(batch.kind === 'revoke_portals' ? stillMissing(db, batch) : stillGiven(db, batch))
  return { putBack, kept: touched - putBack, cancelled: await count(stillOpen(db, batch)) }
}

/**
 * Takes back exactly what a batch did: access it gave is taken away, invitations it wrote and nobody has accepted are
 * cancelled, access it took is given again, as it was. What somebody has changed since stays. Refused when there is no such
 * batch, and the second time.
 */
export function undoPortalChange(
  db: Db,
  staff: Staff,
  batchId: number,
  now: number,
): Promise<Result<UndoPlan, 'not-found' | 'undone-already'>> {
  return db.transaction(async trx => {
    const batch = await portalBatch(trx, batchId)
    if (!batch) return refused('not-found')
    if (!(await markUndone(trx, staff, batchId, now))) return refused('undone-already')
    await holdContacts(trx, contactsOf(trx, batch))
    const touched = await count(touchedBy(trx, batch))
    const cancelled = await cancelStillOpen(trx, batch, now)
    const putBack =
      batch.kind === 'revoke_portals' ? await giveBack(trx, staff, batch, now) : await takeBack(trx, batch, now)
    const kept = touched + (await count(accepted(trx, batch))) - putBack
    const done = { putBack, kept, cancelled }
    await record(trx, staff, 'batch.undone', { type: 'batch', id: batchId }, done, now)
    await countSoon(trx, touched, now)
    return ok(done)
  })
}

function contactsOf(trx: Db, batch: Batch) {
  const subjects = trx('batch_items').where({ batch_id: batch.id, subject_type: 'contact' }).select('subject_id')
  return trx('contacts').whereIn('contacts.id', subjects)
}

/** Invitations that the batch wrote and that nobody has accepted, cancelled or sent again. */
function stillOpen(db: Db, batch: Batch) {
  return db('invitations').where({ batch_id: batch.id, status: 'open' })
}

async function cancelStillOpen(trx: Db, batch: Batch, now: number): Promise<number> {
  let cancelled = 0
  for (let ids = [0]; ids.length > 0; cancelled += await cancelOpen(trx, ids, now))
    ids = await stillOpen(trx, batch).limit(CANCELLED_AT_ONCE).pluck<number[]>('id')
  return cancelled
}

function accepted(db: Db, batch: Batch) {
  return db('invitations').where({ batch_id: batch.id, status: 'accepted' })
}

function touchedBy(db: Db, batch: Batch) {
  return db('portal_access').where(batch.kind === 'revoke_portals' ? 'revoked_by_batch_id' : 'batch_id', batch.id)
}

function stillGiven(db: Db, batch: Batch) {
  return touchedBy(db, batch).whereNull('revoked_at')
}

/** Access that the batch took and that nobody has given again, of logins and portals that still exist. */
function stillMissing(db: Db, batch: Batch) {
  return db('portal_access as taken')
    .where('taken.revoked_by_batch_id', batch.id)
    .whereIn('taken.portal_user_id', db('portal_users').whereNull('deleted_at').select('id'))
    .whereIn('taken.portal_id', db('portals').whereNull('removed_at').select('id'))
    .whereNotExists(
      db('portal_access as live')
        .whereRaw('live.portal_user_id = taken.portal_user_id and live.portal_id = taken.portal_id')
        .whereNull('live.revoked_at')
        .select('live.id'),
    )
}

async function takeBack(trx: Db, batch: Batch, now: number): Promise<number> {
  const taken = await stillGiven(trx, batch).update({ revoked_at: now })
  await cancelOrphaned(trx, touchedBy(trx, batch).select('portal_user_id'), now)
  return taken
}

async function giveBack(trx: Db, staff: Staff, batch: Batch, now: number): Promise<number> {
  const same = [
    'portal_user_id',
    'portal_id',
    'invitation_id',
    'access_level',
    'can_invite_others',
    'can_view_details',
    'can_view_documents',
  ]
  const query = stillMissing(trx, batch).select(
    ...same.map(column => `taken.${column}`),
    // What came with an invitation stays no more than that allowed, whatever roles say.
    trx.raw("case when taken.source in ('invitation', 'subscriber') then taken.source else 'bulk' end"),
    trx.raw('cast(? as integer)', [staff.id]),
    trx.raw('cast(? as bigint)', [now]),
  )
  const given = await insertFrom(trx, 'portal_access', [...same, 'source', 'granted_by_staff_id', 'granted_at'], query)
  await giveDenialsBack(trx, batch.id, now)
  return given
}

async function count(query: ReturnType<typeof touchedBy>): Promise<number> {
  const [row] = await query.count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

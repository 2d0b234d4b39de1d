import type { Knex } from 'knex'
import { insertFrom, listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'

export type BatchKind =
  | 'grant_portals'
  | 'revoke_portals'
  | 'bulk_invite'
  | 'grant_products'
  | 'revoke_products'
  | 'import'
  | 'delete'
  | 'resend'

export interface NewBatch {
  kind: BatchKind
  formKey: string | null
  summary: Record<string, unknown>
}

/**
 * Opens the record of a bulk change inside its transaction; the change is done when that commits. Null when the same
 * form has opened one already: a second press, perhaps at the very same moment in another process.
 */
export async function startBatch(trx: Db, staff: { id: number }, batch: NewBatch, now: number): Promise<number | null> {
  const [row] = await trx('batches')
    .insert({
      kind: batch.kind,
      form_key: batch.formKey,
      summary: JSON.stringify(batch.summary),
      status: 'done',
      requested_by_staff_id: staff.id,
      created_at: now,
    })
    .onConflict('form_key')
    .ignore()
    .returning<{ id: number }[]>('id')
  return row?.id ?? null
}

/** The batch that this form has started already, or null. */
export async function batchOfForm(db: Db, staff: Staff, formKey: string): Promise<number | null> {
  const row = await db('batches')
    .where({ form_key: formKey, requested_by_staff_id: staff.id })
    .first<{ id: number } | undefined>('id')
  return row?.id ?? null
}

/**
 * Writes what became of each subject. `items` selects batch, type and id of the subject, outcome, and reason, in this
 * order.
 */
export async function writeItemsOf(trx: Db, items: Knex.QueryBuilder): Promise<void> {
  await insertFrom(trx, 'batch_items', ['batch_id', 'subject_type', 'subject_id', 'outcome', 'reason'], items)
}

/** Turns the lines of these groups, and of these subjects, that were to be done into skipped ones. Returns how many. */
export async function leaveOut(
  trx: Db,
  batchId: number,
  { groups, contactIds }: { groups: string[]; contactIds: number[] },
): Promise<number> {
  return trx('batch_items')
    .where({ batch_id: batchId })
    .whereIn('outcome', ['granted', 'invited'])
    .where(any => void any.whereIn('reason', groups).orWhereIn('subject_id', listed(trx, contactIds)))
    .update({ outcome: 'skipped', reason: 'left-out' })
}

export type Outcome = 'granted' | 'revoked' | 'invited' | 'already' | 'skipped'

interface BulkChange {
  id: number
  kind: BatchKind
  staffName: string
  createdAt: number
  undoneAt: number | null
  /** Contacts by outcome, as counted from what was written. */
  counts: Record<Outcome, number>
  /** Why contacts were left as they were, and how many each. */
  reasons: Record<string, number>
}

/** `portalIds` are shared portals; none when contacts were invited to portals of their own. */
export interface Batch extends BulkChange {
  portalIds: number[]
}

export interface ProductBatch extends BulkChange {
  productIds: number[]
}

/** What a bulk change of portals did, or inviting many at once. Null when there is no such batch. */
export async function portalBatch(db: Db, id: number): Promise<Batch | null> {
  const found = await bulkChange(db, id, ['grant_portals', 'revoke_portals', 'bulk_invite'])
  if (!found) return null
  const { portalIds, choice } = found.summary as { portalIds?: number[]; choice?: 'own' | number }
  return { ...found.change, portalIds: portalIds ?? (typeof choice === 'number' ? [choice] : []) }
}

/** What a bulk change of access to products did. Null when there is no such batch. */
export async function productBatch(db: Db, id: number): Promise<ProductBatch | null> {
  const found = await bulkChange(db, id, ['grant_products', 'revoke_products'])
  return found && { ...found.change, productIds: (found.summary as { productIds: number[] }).productIds }
}

export interface SkippedContact {
  id: number
  name: string
  company: string | null
  email: string | null
  reason: string | null
}

/** Marks a batch as undone; false when it was already. Call it first in the transaction that undoes. */
export async function markUndone(trx: Db, staff: Staff, id: number, now: number): Promise<boolean> {
  const changed = await trx('batches')
    .where({ id, status: 'done' })
    .update({ status: 'undone', undone_at: now, undone_by_staff_id: staff.id })
  return changed === 1
}

/** The contacts that a batch skipped, for this reason or for any, by name. `page` counts from 1. */
export async function skippedContacts(
  db: Db,
  batchId: number,
  page: number,
  perPage: number,
  reason: string | null = null,
): Promise<SkippedContact[]> {
  return db('batch_items')
    .where(reason === null ? {} : { 'batch_items.reason': reason })
    .join('contacts', 'contacts.id', 'batch_items.subject_id')
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .where({ 'batch_items.batch_id': batchId, 'batch_items.outcome': 'skipped' })
    .orderBy([{ column: 'contacts.name_normalized' }, { column: 'contacts.id' }])
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<SkippedContact[]>(
      'contacts.id',
      'contacts.name',
      'companies.name as company',
      'contacts.email',
      'batch_items.reason',
    )
}

interface BatchRow {
  id: number
  kind: BatchKind
  summary: string
  staffName: string
  createdAt: number
  undoneAt: number | null
}

/** A batch of one of these kinds: what it did, and what it was asked to do. */
async function bulkChange(
  db: Db,
  id: number,
  kinds: BatchKind[],
): Promise<{ change: BulkChange; summary: unknown } | null> {
  const row = await db('batches')
    .leftJoin('staff_users', 'staff_users.id', 'batches.requested_by_staff_id')
    .where('batches.id', id)
    .whereIn('batches.kind', kinds)
    .first<BatchRow | undefined>(
      'batches.id',
      'batches.kind',
      'batches.summary',
      'staff_users.name as staffName',
      'batches.created_at as createdAt',
      'batches.undone_at as undoneAt',
    )
  if (!row) return null
  const { summary, ...batch } = row
  return { change: { ...batch, ...(await outcomes(db, id)) }, summary: JSON.parse(summary) as unknown }
}

async function outcomes(db: Db, batchId: number): Promise<Pick<BulkChange, 'counts' | 'reasons'>> {
  const rows = await db('batch_items')
    .where({ batch_id: batchId })
    .groupBy('outcome', 'reason')
    .select<{ outcome: Outcome; reason: string | null; contacts: number }[]>(
      'outcome',
      'reason',
      db.raw('count(*) as contacts'),
    )
  const counts = { granted: 0, revoked: 0, invited: 0, already: 0, skipped: 0 }
  for (const row of rows) counts[row.outcome] += row.contacts
  const left = rows.filter(row => row.outcome === 'already' || row.outcome === 'skipped')
  return { counts, reasons: Object.fromEntries(left.map(row => [row.reason ?? '', row.contacts])) }
}

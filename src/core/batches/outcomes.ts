import type { Db } from '../../db/index.ts'
import type { BatchKind } from './batches.ts'

/** A bulk change of any kind. `counts` says how many subjects there are of each outcome. */
export interface CountedBatch {
  id: number
  staffName: string | null
  createdAt: number
  counts: Map<string, number>
}

/** Null when there is no batch of this kind with this id. */
export async function countedBatch(db: Db, id: number, kind: BatchKind): Promise<CountedBatch | null> {
  const row = await db('batches')
    .leftJoin('staff_users', 'staff_users.id', 'batches.requested_by_staff_id')
    .where({ 'batches.id': id, 'batches.kind': kind })
    .first<Omit<CountedBatch, 'counts'> | undefined>(
      'batches.id',
      'staff_users.name as staffName',
      'batches.created_at as createdAt',
    )
  if (!row) return null
  const rows = await db('batch_items')
    .where({ batch_id: id })
    .groupBy('outcome')
    .select<{ outcome: string; total: number }[]>('outcome', db.raw('count(*) as total'))
  return { ...row, counts: new Map(rows.map(({ outcome, total }) => [outcome, total])) }
}

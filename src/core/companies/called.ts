import { listedTexts } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { normalized } from '../names.ts'

/** The companies with one of these names that are not archived, by the name as it is compared. */
export async function companyIdsCalled(db: Db, names: string[]): Promise<Map<string, number[]>> {
  const keys = [...new Set(names.map(normalized))].filter(key => key !== '')
  const rows = await db('companies')
    .whereIn('name_normalized', listedTexts(db, keys))
    .whereNull('archived_at')
    .orderBy('id')
    .select<{ id: number; name_normalized: string }[]>('id', 'name_normalized')
  const ids = new Map<string, number[]>()
  for (const row of rows) ids.set(row.name_normalized, [...(ids.get(row.name_normalized) ?? []), row.id])
  return ids
}

import { insertMany, reserveIds } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { normalized } from '../names.ts'

export const COMPANY_LENGTHS = { name: 200, email: 254, phone: 50, reference: 100 } as const

/** What staff know of a company. Empty parts are null, never ''. */
export interface CompanyFields {
  name: string
  email: string | null
  phone: string | null
  reference: string | null
}

/** Adds companies in one statement and returns their ids in the same order. The caller audits the change. */
export async function addCompanies(trx: Db, companies: CompanyFields[], now: number): Promise<number[]> {
  const ids = await reserveIds(trx, 'companies', companies.length)
  const rows = companies.map((company, index) => ({
    id: ids[index] ?? 0,
    ...company,
    name_normalized: normalized(company.name),
    created_at: now,
    updated_at: now,
  }))
  await insertMany(
    trx,
    'companies',
    ['id', 'name', 'name_normalized', 'email', 'phone', 'reference', 'created_at', 'updated_at'],
    rows,
  )
  return ids
}

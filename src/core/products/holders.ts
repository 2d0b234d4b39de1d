import type { Db } from '../../db/index.ts'
import type { ContactName } from './plan.ts'

/** How many contacts have access to a product; archived contacts are not counted. */
export async function countHolders(db: Db, productId: number): Promise<number> {
  const [row] = await holders(db, productId).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** One page of the contacts that have access to a product, by name. `page` counts from 1. */
export async function holdersPage(
  db: Db,
  productId: number,
  page: number,
  perPage: number,
): Promise<(ContactName & { grantedAt: number })[]> {
  return holders(db, productId)
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .orderBy(['contacts.name_normalized', 'contacts.id'])
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<(ContactName & { grantedAt: number })[]>(
      'contacts.id',
      'contacts.name',
      'companies.name as company',
      'contacts.email',
      'product_access.granted_at as grantedAt',
    )
}

export interface HeldProduct {
  id: number
  name: string
  sku: string | null
  active: boolean
  grantedAt: number
}

/** The products a contact has access to, archived ones included, by name. */
export async function productsOfContact(db: Db, contactId: number): Promise<HeldProduct[]> {
  const rows = await db('product_access')
    .join('products', 'products.id', 'product_access.product_id')
    .where('product_access.contact_id', contactId)
    .orderBy(['products.name_normalized', 'products.id'])
    .select<(Omit<HeldProduct, 'active'> & { active: boolean | number })[]>(
      'products.id',
      'products.name',
      'products.sku',
      'products.active',
      'product_access.granted_at as grantedAt',
    )
  return rows.map(row => ({ ...row, active: Boolean(row.active) }))
}

function holders(db: Db, productId: number) {
  return db('product_access')
    .join('contacts', 'contacts.id', 'product_access.contact_id')
    .where('product_access.product_id', productId)
    .whereNull('contacts.archived_at')
}

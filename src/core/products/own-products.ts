import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'

/** A product this person's contact has access to. */
export interface OwnProduct {
  name: string
  sku: string | null
}

/** The products of the contact this person belongs to, by name, archived ones left out; none for people without a contact. */
export async function productsOf(db: Db, user: PortalUser): Promise<OwnProduct[]> {
  return db('portal_users')
    .join('product_access', 'product_access.contact_id', 'portal_users.contact_id')
    .join('products', 'products.id', 'product_access.product_id')
    .where({ 'portal_users.id': user.id, 'products.active': true })
    .orderBy(['products.name_normalized', 'products.id'])
    .select<OwnProduct[]>('products.name', 'products.sku')
}

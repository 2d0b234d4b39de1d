import type { Knex } from 'knex'
import type { Question } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'

/** A product this person's contact has access to. */
export interface OwnProduct {
  id: number
  name: string
  sku: string | null
}

/** The same with what the office says of it, in lines, and since when it is theirs. */
export interface OwnProductPage extends OwnProduct {
  description: string | null
  grantedAt: number
}

/**
 * The products of the contact this person belongs to, by name, archived ones left out; none for people without a
 * contact.
 */
export function ownProductsQuestion(db: Db, user: PortalUser): Question {
  const query = owned(db, user)
    .orderBy(['products.name_normalized', 'products.id'])
    .select('products.id', 'products.name', 'products.sku')
  return { query, columns: ['id', 'name', 'sku'] }
}

/** One of those of `ownProductsQuestion`. Null alike when there is none and when it is not this person's. */
export async function ownProduct(db: Db, user: PortalUser, id: number): Promise<OwnProductPage | null> {
  const [row] = await owned(db, user)
    .where('products.id', id)
    .select<OwnProductPage[]>(
      'products.id',
      'products.name',
      'products.sku',
      'products.description',
      'product_access.granted_at as grantedAt',
    )
  return row ?? null
}

function owned(db: Db, user: PortalUser): Knex.QueryBuilder {
  return db('portal_users')
    .join('product_access', 'product_access.contact_id', 'portal_users.contact_id')
    .join('products', 'products.id', 'product_access.product_id')
    .where({ 'portal_users.id': user.id, 'products.active': true })
}

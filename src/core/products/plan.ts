import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { contactsIn } from '../contacts/selection.ts'

/** Products to which the selected contacts are given access, or from which it is taken. */
export interface ProductChange {
  action: 'add' | 'remove'
  productIds: number[]
}

/**
 * What a change would do, in contacts: each selected contact is in exactly one of the two groups. `unchanged` have access
 * to all the products already (or, for a removal, to none of them). A contact needs no login for this.
 */
export interface ProductPlan {
  selected: number
  changing: number
  unchanged: number
}

/** Counts the groups as the database is now. Changes nothing. */
export async function planProducts(db: Db, handle: string, change: ProductChange): Promise<ProductPlan> {
  const [row] = await db
    .from(standing(db, handle, change).select(db.raw('coalesce(held.products, 0) as held')).as('standing'))
    .select<{ selected: number; changing: number }[]>(
      db.raw('count(*) as selected'),
      db.raw('coalesce(sum(case when held between ? and ? then 1 else 0 end), 0) as changing', changingHold(change)),
    )
  const { selected = 0, changing = 0 } = row ?? {}
  return { selected, changing, unchanged: selected - changing }
}

export interface ContactName {
  id: number
  name: string
  company: string | null
  email: string | null
}

/** The first contacts, by name, of one of the two groups of a plan. */
export async function contactsOfPlan(
  db: Db,
  handle: string,
  change: ProductChange,
  group: 'changing' | 'unchanged',
  limit: number,
): Promise<ContactName[]> {
  const not = group === 'changing' ? '' : 'not'
  return standing(db, handle, change)
    .whereRaw(`coalesce(held.products, 0) ${not} between ? and ?`, changingHold(change))
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .orderBy(['contacts.name_normalized', 'contacts.id'])
    .limit(limit)
    .select<ContactName[]>('contacts.id', 'contacts.name', 'companies.name as company', 'contacts.email')
}

/** One row a selected contact, with how many of the products it has as `held.products`. */
function standing(db: Db, handle: string, { productIds }: ProductChange): Knex.QueryBuilder {
  const held = db('product_access')
    .whereIn('product_id', productIds)
    .groupBy('contact_id')
    .select('contact_id', db.raw('count(*) as products'))
  return contactsIn(db, handle).leftJoin(held.as('held'), 'held.contact_id', 'contacts.id')
}

/** From how many to how many of the products those have whom the change would touch. */
function changingHold({ action, productIds }: ProductChange): [number, number] {
  return action === 'add' ? [0, productIds.length - 1] : [1, productIds.length]
}

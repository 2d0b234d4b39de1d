import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { containing, normalized } from '../names.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'

export const PRODUCT_LENGTHS = { name: 120, sku: 60, description: 2000 } as const

export interface ProductFields {
  name: string
  sku: string | null
  /** What customers with access read of it, in lines. */
  description: string | null
}

/** Something the office offers. One that is not `active` is archived: customers do not see it. */
export interface Product extends ProductFields {
  id: number
  active: boolean
  /** Tells whether somebody has changed it since. */
  updatedAt: number
}

export interface ProductRow extends Product {
  /** How many contacts have access; archived contacts are not counted. */
  contacts: number
}

export interface ProductFilter {
  /** Looked for in name and SKU. */
  text: string
  archived: boolean
}

export interface ProductSort {
  by: 'name' | 'sku'
  descending: boolean
}

type Taken = 'sku-taken' | 'name-taken'

export async function countProducts(db: Db, filter: ProductFilter): Promise<number> {
  const [row] = await matching(db, filter).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** One page of the products that match. `page` counts from 1. */
export async function productsPage(
  db: Db,
  filter: ProductFilter,
  sort: ProductSort,
  page: number,
  perPage: number,
): Promise<ProductRow[]> {
  const way = sort.descending ? 'desc' : 'asc'
  const order = sort.by === 'name' ? `name_normalized ${way}` : `(sku is null) ${way}, sku_normalized ${way}`
  const contacts = db('product_access')
    .join('contacts', 'contacts.id', 'product_access.contact_id')
    .whereRaw('product_access.product_id = products.id')
    .whereNull('contacts.archived_at')
    .count({ total: '*' })
  const rows = await matching(db, filter)
    .orderByRaw(`${order}, id ${way}`)
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<(StoredProduct & { contacts: number })[]>(...COLUMNS, contacts.as('contacts'))
  return rows.map(row => ({ ...productFrom(row), contacts: row.contacts }))
}

export async function product(db: Db, id: number): Promise<Product | null> {
  const [found] = await productsOf(db, [id])
  return found ?? null
}

/** The products of these ids, archived ones included, by name. */
export async function productsOf(db: Db, ids: number[]): Promise<Product[]> {
  const rows = await db('products')
    .whereIn('id', listed(db, ids))
    .orderBy(['name_normalized', 'id'])
    .select<StoredProduct[]>(...COLUMNS)
  return rows.map(productFrom)
}

/**
 * Refused when another product has this SKU, capitals and accents apart; without an SKU the name must be the only one.
 */
export function addProduct(db: Db, actor: Actor, fields: ProductFields, now: number): Promise<Result<number, Taken>> {
  return unlessTaken(takenBy(fields), () =>
    db.transaction(async trx => {
      const [row] = await trx('products')
        .insert({ ...stored(fields), active: true, created_at: now, updated_at: now })
        .returning<{ id: number }[]>('id')
      const id = row?.id ?? 0
      await record(trx, actor, 'product.added', { type: 'product', id }, { ...fields }, now)
      return ok(id)
    }),
  )
}

/**
 * Changes a product as it was when the form was opened (`seen`, its `updatedAt`). Refused as `addProduct`, and with
 * 'changed-meanwhile' when somebody else has changed it since. Saving what is there already changes nothing.
 */
export function changeProduct(
  db: Db,
  actor: Actor,
  { id, seen }: { id: number; seen: number },
  fields: ProductFields,
  now: number,
): Promise<Result<number, Taken | 'not-found' | 'changed-meanwhile'>> {
  return unlessTaken(takenBy(fields), () =>
    db.transaction(async trx => {
      const before = await heldProduct(trx, id)
      if (!before) return refused('not-found')
      if (before.updatedAt !== seen) return refused('changed-meanwhile')
      if (isSame(before, fields)) return ok(id)
      await trx('products')
        .where({ id })
        .update({ ...stored(fields), updated_at: Math.max(now, seen + 1) })
      const from = { name: before.name, sku: before.sku, description: before.description }
      await record(trx, actor, 'product.changed', { type: 'product', id }, { from, to: fields }, now)
      return ok(id)
    }),
  )
}

/** Takes a product out of the lists and out of the portals, or puts it back. Who has access stays. Safe to do twice. */
export function archiveProduct(
  db: Db,
  actor: Actor,
  id: number,
  archived: boolean,
  now: number,
): Promise<Result<Product, 'not-found'>> {
  return db.transaction(async trx => {
    const before = await heldProduct(trx, id)
    if (!before) return refused('not-found')
    if (before.active !== archived) return ok(before)
    const updated_at = Math.max(now, before.updatedAt + 1)
    await trx('products').where({ id }).update({ active: !archived, updated_at })
    const action = archived ? 'product.archived' : 'product.restored'
    await record(trx, actor, action, { type: 'product', id }, { name: before.name }, now)
    return ok(before)
  })
}

function isSame(before: ProductFields, { name, sku, description }: ProductFields): boolean {
  return before.name === name && before.sku === sku && before.description === description
}

/** Keeps others from changing this product until the transaction ends. */
async function heldProduct(trx: Db, id: number): Promise<Product | null> {
  await trx('products').where({ id }).forUpdate().first('id')
  return product(trx, id)
}

const COLUMNS = ['id', 'name', 'sku', 'description', 'active', 'updated_at as updatedAt']

type StoredProduct = Omit<Product, 'active'> & { active: boolean | number }

function productFrom({ id, name, sku, description, active, updatedAt }: StoredProduct): Product {
  return { id, name, sku, description, active: Boolean(active), updatedAt }
}

function stored({ name, sku, description }: ProductFields) {
  const keys = { name_normalized: normalized(name), sku_normalized: sku === null ? null : normalized(sku) }
  return { name, sku, description, ...keys }
}

function takenBy({ sku }: ProductFields): Taken {
  return sku === null ? 'name-taken' : 'sku-taken'
}

function matching(db: Db, filter: ProductFilter): Knex.QueryBuilder {
  const query = db('products').where('active', !filter.archived)
  if (!normalized(filter.text)) return query
  const pattern = containing(filter.text)
  return query.where(
    any =>
      void any
        .whereRaw(String.raw`name_normalized like ? escape '\'`, [pattern])
        .orWhereRaw(String.raw`sku_normalized like ? escape '\'`, [pattern]),
  )
}

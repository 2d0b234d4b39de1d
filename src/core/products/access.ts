import { insertFrom } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { batchOfForm, startBatch, writeItemsOf } from '../batches/batches.ts'
import { holdContacts } from '../contacts/hold.ts'
import { contactsIn } from '../contacts/selection.ts'
import { countSoon } from '../jobs/statistics.ts'
import { ok, refused, type Result } from '../result.ts'
import { planProducts, type ProductChange, type ProductPlan } from './plan.ts'

export interface ProductChangeRequest {
  selection: string
  change: ProductChange
  /** What the person was shown; when it is no longer so, nothing is done. */
  seen: ProductPlan
  /** One for each time the page was shown: the same key twice is one press twice. */
  formKey: string
}

export type ProductRefusal = 'changed-meanwhile' | 'nothing-to-do'

/**
 * Gives the selected contacts access to products, or takes it from them, all or nothing, and returns the batch that says
 * what was done. Refused when a product was archived or a contact changed since the plan was shown. A second press of
 * the same form gives the first one's batch.
 */
export async function changeProductAccess(
  db: Db,
  staff: Staff,
  request: ProductChangeRequest,
  now: number,
): Promise<Result<number, ProductRefusal>> {
  return db.transaction(async trx => {
    const { action, productIds } = request.change
    const held = await holdProducts(trx, productIds)
    // A second press waits above until the first is done, and then finds its batch.
    const before = await batchOfForm(trx, staff, request.formKey)
    if (before !== null) return ok(before)
    await holdContacts(trx, contactsIn(trx, request.selection))
    const plan = await planProducts(trx, request.selection, request.change)
    if (held !== productIds.length || !samePlan(plan, request.seen)) return refused('changed-meanwhile')
    if (plan.changing === 0) return refused('nothing-to-do')
    const kind = action === 'add' ? 'grant_products' : 'revoke_products'
    const summary = { productIds, ...plan }
    const batchId = await startBatch(trx, staff, { kind, formKey: request.formKey, summary }, now)
    if (batchId === null) return ok((await batchOfForm(trx, staff, request.formKey)) ?? 0)
    const pairs = action === 'add' ? await give(trx, staff, request, batchId, now) : await take(trx, request, batchId)
    const said = action === 'add' ? 'products.granted' : 'products.removed'
    await record(trx, staff, said, { type: 'batch', id: batchId }, { pairs, ...summary }, now)
    await countSoon(trx, plan.selected, now)
    return ok(batchId)
  })
}

/**
 * Keeps others from changing access to these products until this is done, and says how many of them are not archived.
 */
async function holdProducts(trx: Db, productIds: number[]): Promise<number> {
  const rows = await trx('products')
    .whereIn('id', productIds)
    .where('active', true)
    .orderBy('id')
    .forUpdate()
    .select<{ id: number }[]>('id')
  return rows.length
}

async function give(
  trx: Db,
  staff: Staff,
  { selection, change }: ProductChangeRequest,
  batchId: number,
  now: number,
): Promise<number> {
  const pairs = contactsIn(trx, selection)
    .join('products', join => void join.onIn('products.id', change.productIds))
    .select(
      'products.id',
      'contacts.id',
      trx.raw('cast(? as integer)', [batchId]),
      trx.raw('cast(? as integer)', [staff.id]),
      trx.raw('cast(? as bigint)', [now]),
    )
  const columns = ['product_id', 'contact_id', 'batch_id', 'granted_by_staff_id', 'granted_at']
  const given = await insertFrom(trx, 'product_access', columns, pairs)
  await writeItems(trx, selection, batchId, 'granted', trx('product_access').where('batch_id', batchId))
  return given
}

async function take(trx: Db, { selection, change }: ProductChangeRequest, batchId: number): Promise<number> {
  const held = trx('product_access').whereIn('product_id', change.productIds)
  await writeItems(trx, selection, batchId, 'revoked', held)
  return trx('product_access')
    .whereIn('product_id', change.productIds)
    .whereIn('contact_id', contactsIn(trx, selection).select('contacts.id'))
    .delete()
}

/** One line a contact, read from the access this batch has given or is about to take: the result page counts these. */
async function writeItems(
  trx: Db,
  selection: string,
  batchId: number,
  done: 'granted' | 'revoked',
  touched: ReturnType<Db>,
): Promise<void> {
  const access = touched.whereRaw('product_access.contact_id = contacts.id').select('product_access.product_id')
  const items = contactsIn(trx, selection).select(
    trx.raw('cast(? as integer)', [batchId]),
    trx.raw("'contact'"),
    'contacts.id',
    trx.raw("case when exists ? then cast(? as text) else 'already' end", [access, done]),
    trx.raw('cast(null as text)'),
  )
  await writeItemsOf(trx, items)
}

function samePlan(a: ProductPlan, b: ProductPlan): boolean {
  return a.selected === b.selected && a.changing === b.changing
}

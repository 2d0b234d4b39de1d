import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { productBatch } from '../../core/batches/batches.ts'
import { countSelected, ownSelection } from '../../core/contacts/selection.ts'
import { changeProductAccess, type ProductRefusal } from '../../core/products/access.ts'
import { contactsOfPlan, planProducts, type ProductChange, type ProductPlan } from '../../core/products/plan.ts'
import { productsOf, type Product } from '../../core/products/products.ts'
import { notFound, PageError } from '../shared/errors.ts'
import { oneOf, readId, text } from '../shared/forms.ts'
import { count } from '../shared/words.ts'
import { contactListForm } from './contact-list.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { productNames, readProductIds } from './products-query.ts'

const NAMED_AT_MOST = 20
const HERE = '/staff/products/contact-access'
const SETTINGS = [
  ['Settings', '/staff/settings'],
  ['Products', '/staff/products'],
]
const STEPS = ['Choose products', 'Choose contacts', 'Check and save']
const NO_PRODUCTS = new PageError(
  404,
  'These products are not in the list',
  'They may have been archived. Go back to Products and select the products again.',
)
const NO_SELECTION = new PageError(
  404,
  'This selection is no longer there',
  'Selections are kept for 24 hours. Go back to Products and start again.',
)

/**
 * Bulk Actions on the Products table: choose contacts, see what will happen, save. Only the last press changes access.
 */
export function productAccessPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/products/bulk', may('change'), async (req, res) => {
    const products = await productsIn(req)
    res.page('staff/products/bulk', {
      title: `Bulk Actions for ${count(products.length, 'product')}`,
      nav: 'settings',
      crumbs: [...SETTINGS.slice(0, 1), ['Products', `/staff/products?products=${listed(products)}`]],
      crumb: 'Bulk Actions',
      steps: STEPS,
      step: 1,
      productNames: productNames(products),
      products: listed(products),
      total: products.length,
    })
  })

  const contacts = contactListForm(deps, {
    path: HERE,
    also: req => ({ products: readProductIds(req.query).join('.') }),
    acts: { add: checkAddress('add'), remove: checkAddress('remove') },
    nothingTicked: 'Select at least one contact, then choose Add or Remove',
    draw: async (req, res, list) => {
      const products = await productsIn(req)
      const title = `Add/Remove Contact Access for ${count(products.length, 'product')}`
      res.page('staff/products/contacts', {
        ...list,
        title,
        tabTitle: `${title}${list.tabEnd}`,
        nav: 'settings',
        crumbs: crumbsTo(products),
        crumb: 'Add/Remove Contact Access',
        steps: STEPS,
        step: 2,
        productNames: productNames(products),
      })
    },
  })

  pages.get('/products/contact-access', may('change'), (req, res) => contacts.show(req, res, []))

  pages.post('/products/contact-access/list', may('change'), contacts.post)

  pages.get('/products/contact-access/check', may('change'), async (req, res) => {
    const products = await productsIn(req)
    await showPlan(res, await selectionOf(req), oneOf(req.query, 'action', ['add', 'remove']), products)
  })

  pages.post('/products/contact-access', may('change'), async (req, res) => {
    const selection = await selectionOf(req)
    const change = { action: oneOf(req.body, 'action', ['add', 'remove']), productIds: readProductIds(req.body) }
    const formKey = text(req.body, 'form_key', 50) || randomUUID()
    const request = { selection, change, seen: readPlan(req.body), formKey }
    const done = await changeProductAccess(db, staffOf(req), request, now())
    if (done.ok) return res.redirect(303, `/staff/products/changes/${String(done.value)}`)
    await showPlan(res.status(409), selection, change.action, await productsIn(req), done.error)
  })

  pages.get('/products/changes/:id', may('change'), async (req, res) => {
    const batch = await productBatch(db, readId(req.params.id) ?? 0)
    if (!batch) throw notFound()
    const changed = batch.counts.granted + batch.counts.revoked
    res.page('staff/products/result', {
      title: `${count(changed, 'contact')} updated`,
      nav: 'settings',
      crumbs: SETTINGS,
      crumb: 'Result',
      batch,
      changed,
      productNames: productNames(await productsOf(db, batch.productIds)),
    })
  })

  /** The products that the request speaks of, but for archived ones. */
  async function productsIn(req: Request): Promise<Product[]> {
    const ids = [...readProductIds(req.query), ...readProductIds(req.body)]
    const products = (await productsOf(db, ids)).filter(product => product.active)
    if (products.length === 0) throw NO_PRODUCTS
    return products
  }

  async function selectionOf(req: Request): Promise<string> {
    const handle = await ownSelection(db, staffOf(req), text(req.query, 's') || text(req.body, 's'))
    if (!handle || (await countSelected(db, handle)) === 0) throw NO_SELECTION
    return handle
  }

  async function showPlan(
    res: Response,
    selection: string,
    action: ProductChange['action'],
    products: Product[],
    refusal: ProductRefusal | null = null,
  ): Promise<void> {
    const change = { action, productIds: products.map(product => product.id) }
    const plan = await planProducts(db, selection, change)
    const whose = `${count(plan.selected, 'contact')} ${action === 'add' ? 'access to' : 'access from'}`
    const back = `${HERE}?products=${listed(products)}&s=${selection}`
    const [changing, unchanged] = await Promise.all([
      contactsOfPlan(db, selection, change, 'changing', NAMED_AT_MOST),
      contactsOfPlan(db, selection, change, 'unchanged', NAMED_AT_MOST),
    ])
    res.page('staff/products/check', {
      title: `Check before you ${action === 'add' ? 'give' : 'remove'} ${whose} ${count(products.length, 'product')}`,
      nav: 'settings',
      crumbs: [...crumbsTo(products), ['Add/Remove Contact Access', back]],
      crumb: 'Check and save',
      steps: STEPS,
      step: 3,
      change,
      plan,
      refusal,
      changing,
      unchanged,
      selection,
      productNames: productNames(products),
      products: listed(products),
      back,
      formKey: randomUUID(),
    })
  }
}

function checkAddress(action: ProductChange['action']): (req: Request, selection: string) => string {
  return (req, selection) =>
    `${HERE}/check?action=${action}&products=${readProductIds(req.query).join('.')}&s=${selection}`
}

function listed(products: Product[]): string {
  return products.map(product => product.id).join('.')
}

function crumbsTo(products: Product[]): string[][] {
  return [...SETTINGS, ['Bulk Actions', `/staff/products/bulk?products=${listed(products)}`]]
}

/** The counts that the page showed; anything else reads as a plan that no selection has. */
function readPlan(body: unknown): ProductPlan {
  const [selected = -1, changing = -1, unchanged = -1] = text(body, 'seen', 100).split(',').map(Number)
  return { selected, changing, unchanged }
}

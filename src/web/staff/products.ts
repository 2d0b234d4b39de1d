import type { Request, Response } from 'express'
import { oneLine } from '../../core/names.ts'
import { countHolders, holdersPage } from '../../core/products/holders.ts'
import {
  addProduct,
  archiveProduct,
  changeProduct,
  product,
  PRODUCT_LENGTHS,
  type Product,
  type ProductFields,
} from '../../core/products/products.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError, type Reading } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import { severalLines } from './contact-form.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { productWords } from './products-query.ts'

const CRUMBS = [
  ['Settings', '/staff/settings'],
  ['Products', '/staff/products'],
]
const HOLDERS_A_PAGE = 50
const REFUSALS: Record<'sku-taken' | 'name-taken' | 'changed-meanwhile', FieldError> = {
  'sku-taken': { field: 'sku', message: 'Another product has this SKU. Use a different one, or leave it empty' },
  'name-taken': {
    field: 'name',
    message: 'There is a product of this name already. Use a different name, or give this one an SKU',
  },
  'changed-meanwhile': {
    field: 'name',
    message:
      'Somebody changed this product while you were editing it. Open it again to see the change, then save yours',
  },
}

interface TypedProduct {
  name: string
  sku: string
  description: string
  /** When the product was last changed before the form was opened. */
  seen: string
}

/** One product: its page, adding, changing, archiving. */
export function productPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/products/new', may('change'), (_req, res) => showForm(res, null, typedProduct({}), []))

  pages.post('/products', may('change'), async (req, res) => {
    const typed = typedProduct(req.body)
    const form = readProduct(typed)
    if (!form.ok) return showForm(res.status(422), null, typed, form.errors)
    const added = await addProduct(db, staffOf(req), form.values, now())
    if (!added.ok) return showForm(res.status(422), null, typed, [REFUSALS[added.error]])
    await redirectSaying(req, res, '/staff/products', `${form.values.name} was added.`)
  })

  pages.get('/products/:id', may('change'), async (req, res) => {
    const found = await productAt(req)
    const total = await countHolders(db, found.id)
    const shown = paging(total, readPage(req.query.page), HOLDERS_A_PAGE)
    if (shown.page > shown.pages) return res.redirect(303, `/staff/products/${String(found.id)}`)
    res.page('staff/products/product', {
      title: found.name,
      tabTitle: `${productWords(found)} – Products`,
      nav: 'settings',
      crumbs: CRUMBS,
      product: found,
      holders: await holdersPage(db, found.id, shown.page, HOLDERS_A_PAGE),
      paging: shown,
    })
  })

  pages.get('/products/:id/change', may('change'), async (req, res) => {
    const found = await productAt(req)
    const typed = { name: found.name, sku: found.sku ?? '', description: found.description ?? '' }
    showForm(res, found, { ...typed, seen: String(found.updatedAt) }, [])
  })

  pages.post('/products/:id', may('change'), async (req, res) => {
    const found = await productAt(req)
    const typed = typedProduct(req.body)
    const form = readProduct(typed)
    if (!form.ok) return showForm(res.status(422), found, typed, form.errors)
    const opened = { id: found.id, seen: Number(typed.seen) }
    const changed = await changeProduct(db, staffOf(req), opened, form.values, now())
    if (!changed.ok) {
      if (changed.error === 'not-found') throw notFound()
      return showForm(res.status(422), found, typed, [REFUSALS[changed.error]])
    }
    const address = `/staff/products/${String(found.id)}`
    await redirectSaying(req, res, address, `The changes to ${form.values.name} were saved.`)
  })

  for (const [act, archived] of [
    ['archiving', true],
    ['restoring', false],
  ] as const) {
    pages.post(`/products/:id/${act}`, may('change'), async (req, res) => {
      const done = await archiveProduct(db, staffOf(req), readId(req.params.id) ?? 0, archived, now())
      if (!done.ok) throw notFound()
      const words = archived
        ? 'was archived: customers no longer see it. You can restore it here, with the access it had.'
        : 'is back in the list, and customers with access see it again.'
      await redirectSaying(req, res, `/staff/products/${String(done.value.id)}`, `${done.value.name} ${words}`)
    })
  }

  async function productAt(req: Request): Promise<Product> {
    const found = await product(db, readId(req.params.id) ?? 0)
    if (!found) throw notFound()
    return found
  }

  function showForm(res: Response, found: Product | null, typed: TypedProduct, errors: FieldError[]): void {
    res.page('staff/products/form', {
      title: found ? `Change ${found.name}` : 'Add a product',
      nav: 'settings',
      crumbs: found ? [...CRUMBS, [found.name, `/staff/products/${String(found.id)}`]] : CRUMBS,
      errors,
      product: found,
      typed,
    })
  }
}

function typedProduct(body: unknown): TypedProduct {
  return {
    name: oneLine(text(body, 'name', 1000)),
    sku: oneLine(text(body, 'sku', 1000)),
    description: severalLines(body, 'description'),
    seen: text(body, 'seen', 20),
  }
}

function readProduct({ name, sku, description }: TypedProduct): Reading<ProductFields> {
  const errors: FieldError[] = []
  const tooLong = (value: string, most: number): boolean => [...value].length > most
  if (!name) errors.push({ field: 'name', message: 'Enter a name for the product' })
  if (tooLong(name, PRODUCT_LENGTHS.name))
    errors.push({ field: 'name', message: `Use at most ${String(PRODUCT_LENGTHS.name)} characters for the name` })
  if (tooLong(sku, PRODUCT_LENGTHS.sku))
    errors.push({ field: 'sku', message: `Use at most ${String(PRODUCT_LENGTHS.sku)} characters for the SKU` })
  if (tooLong(description, PRODUCT_LENGTHS.description))
    errors.push({ field: 'description', message: `Use at most ${String(PRODUCT_LENGTHS.description)} characters here` })
  return errors.length > 0
    ? { ok: false, errors }
    : { ok: true, values: { name, sku: sku || null, description: description || null } }
}

import type { Request, Response } from 'express'
import { countProducts, productsOf, productsPage } from '../../core/products/products.ts'
import { rememberRowsPerPage } from '../../core/team/accounts.ts'
import { text, type FieldError } from '../shared/forms.ts'
import { PAGE_SIZES, paging, readPage, readPageSize } from '../shared/paging.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import {
  MOST_PRODUCTS,
  productListAddress,
  productSortWord,
  readProductListQuery,
  readProductSort,
  shownProducts,
  withPostedTicks,
  type ProductListQuery,
} from './products-query.ts'

const LIST = '/staff/products'
const NOTHING_TICKED: FieldError = {
  field: 'first-tick',
  message: 'Select at least one product, then choose Bulk Actions',
}
const TOO_MANY: FieldError = {
  field: 'first-tick',
  message: `Select at most ${String(MOST_PRODUCTS)} products at once. The ticks of this page were not kept`,
}

/** Settings → Products as one form whose every button first keeps the ticks, then does what it says. */
export function productListPages({ pages, deps }: StaffPages): void {
  const { db } = deps

  pages.get('/products', may('change'), async (req, res) => showList(req, res, await askedOf(req), []))

  pages.post('/products/list', may('change'), async (req, res) => {
    const before = await askedOf(req)
    const ticked = withPostedTicks(before.ticked, req.body)
    if (ticked.length > MOST_PRODUCTS) return showList(req, res.status(422), before, [TOO_MANY])
    await follow(req, res, { ...before, ticked })
  })

  /** `search`, `sort:-name`, `page:2`, `all:page`, … */
  async function follow(req: Request, res: Response, asked: ProductListQuery): Promise<void> {
    const [verb = '', what = ''] = text(req.body, 'go').split(/:(.*)/)
    const goTo = (query: Partial<ProductListQuery>): void =>
      res.redirect(303, productListAddress(LIST, { ...asked, ...query }))
    switch (verb) {
      case 'sort':
        return goTo({ sort: readProductSort(what), page: 1 })
      case 'page':
        return goTo({ page: readPage(what) })
      case 'size':
        return goTo({ page: 1, perPage: await rememberSize(req, what) })
      case 'all':
        return selectPage(req, res, asked)
      case 'none':
        return goTo({ ticked: [] })
      case 'bulk':
        return startBulk(req, res, asked)
      default:
        return goTo({ filter: { ...asked.filter, text: text(req.body, 'q', 200) }, page: 1 })
    }
  }

  async function rememberSize(req: Request, what: string): Promise<number> {
    const size = readPageSize(what, staffOf(req).rowsPerPage)
    await rememberRowsPerPage(db, staffOf(req), size)
    return size
  }

  async function selectPage(req: Request, res: Response, asked: ProductListQuery): Promise<void> {
    const ticked = [...new Set([...asked.ticked, ...shownProducts(req.body)])]
    if (ticked.length > MOST_PRODUCTS) return showList(req, res.status(422), asked, [TOO_MANY])
    res.redirect(303, productListAddress(LIST, { ...asked, ticked }))
  }

  async function startBulk(req: Request, res: Response, asked: ProductListQuery): Promise<void> {
    const ticked = await activeAmong(asked.ticked)
    if (ticked.length === 0) return showList(req, res.status(422), asked, [NOTHING_TICKED])
    res.redirect(303, `${LIST}/bulk?products=${ticked.join('.')}`)
  }

  async function askedOf(req: Request): Promise<ProductListQuery> {
    const asked = readProductListQuery(req.query, staffOf(req).rowsPerPage)
    return { ...asked, ticked: await activeAmong(asked.ticked) }
  }

  async function activeAmong(ids: number[]): Promise<number[]> {
    return (await productsOf(db, ids)).filter(product => product.active).map(product => product.id)
  }

  async function showList(req: Request, res: Response, asked: ProductListQuery, errors: FieldError[]): Promise<void> {
    const [total, all] = await Promise.all([
      countProducts(db, asked.filter),
      countProducts(db, { text: '', archived: asked.filter.archived }),
    ])
    const shown = paging(total, asked.page, asked.perPage)
    if (asked.page > shown.pages) return res.redirect(303, productListAddress(LIST, { ...asked, page: 1 }))
    const rows = await productsPage(db, asked.filter, asked.sort, asked.page, asked.perPage)
    const here = rows.filter(row => asked.ticked.includes(row.id)).length
    const page = shown.pages > 1 ? ` (page ${String(shown.page)} of ${String(shown.pages)})` : ''
    res.page('staff/products/list', {
      title: 'Products',
      tabTitle: `Products${page}`,
      nav: 'settings',
      crumbs: [['Settings', '/staff/settings']],
      errors,
      asked,
      rows,
      all,
      here,
      elsewhere: asked.ticked.length - here,
      paging: shown,
      sizes: PAGE_SIZES,
      nextSort: nextSort(asked),
      action: productListAddress(`${LIST}/list`, asked),
      archivedAddress: productListAddress(LIST, { ...asked, filter: { text: '', archived: true }, page: 1 }),
      allAddress: productListAddress(LIST, { ...asked, filter: { text: '', archived: false }, page: 1 }),
    })
  }
}

/** What the button of each heading asks for: its own order, or that turned round when it is in force. */
function nextSort({ sort }: ProductListQuery): Record<'name' | 'sku', string> {
  const turned = (by: 'name' | 'sku'): string => productSortWord({ by, descending: sort.by === by && !sort.descending })
  return { name: turned('name'), sku: turned('sku') }
}

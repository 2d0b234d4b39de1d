import type { Product, ProductFilter, ProductSort } from '../../core/products/products.ts'
import { ids, readId, text } from '../shared/forms.ts'
import { readPage, readPageSize } from '../shared/paging.ts'
import { count, listOf } from '../shared/words.ts'

/** More than this at once does not fit in an address. */
export const MOST_PRODUCTS = 200

/**
 * What the address of the products list says: which products, in what order, which page, and which are ticked so far.
 */
export interface ProductListQuery {
  filter: ProductFilter
  sort: ProductSort
  page: number
  perPage: number
  ticked: number[]
}

/** Reads an address, or the fields of the form; whatever is not understood is left out. */
export function readProductListQuery(query: unknown, rowsPerPage: number): ProductListQuery {
  return {
    filter: { text: text(query, 'q', 200), archived: text(query, 'archived') === 'yes' },
    sort: readProductSort(text(query, 'sort')),
    page: readPage(text(query, 'page')),
    perPage: readPageSize(text(query, 'size'), rowsPerPage),
    ticked: readProductIds(query),
  }
}

/** The address that says this, shortest form: what is as usual is left out. */
export function productListAddress(path: string, { filter, sort, page, perPage, ticked }: ProductListQuery): string {
  const query = new URLSearchParams()
  if (filter.text) query.set('q', filter.text)
  if (filter.archived) query.set('archived', 'yes')
  if (sort.by !== 'name' || sort.descending) query.set('sort', productSortWord(sort))
  if (page > 1) query.set('page', String(page))
  query.set('size', String(perPage))
  if (ticked.length > 0) query.set('products', ticked.join('.'))
  return `${path}?${query.toString()}`
}

/** The products an address or a form speaks of: "4.17.23". */
export function readProductIds(fields: unknown): number[] {
  const all = text(fields, 'products', 4000).split('.').map(readId)
  return [...new Set(all.filter(id => id !== null))].slice(0, MOST_PRODUCTS)
}

export function readProductSort(word: string): ProductSort {
  return { by: word.replace(/^-/, '') === 'sku' ? 'sku' : 'name', descending: word.startsWith('-') }
}

export function productSortWord({ by, descending }: ProductSort): string {
  return `${descending ? '-' : ''}${by}`
}

/** The ticks so far, with those of the posted page as they are now. */
export function withPostedTicks(ticked: number[], body: unknown): number[] {
  const now = ids(body, 'id')
  const gone = shownProducts(body).filter(id => !now.includes(id))
  return [...new Set([...ticked, ...now])].filter(id => !gone.includes(id))
}

/** The products that the posted page showed with a box: at most a page of them. */
export function shownProducts(body: unknown): number[] {
  return ids({ id: text(body, 'shown', 2000).split('.') }, 'id').slice(0, 100)
}

/** "Almond oil (SKU AO-1)": no two products read the same. */
export function productWords({ name, sku }: Pick<Product, 'name' | 'sku'>): string {
  return sku === null ? name : `${name} (SKU ${sku})`
}

/** The products in one sentence: the first ten by name, and how many more. */
export function productNames(products: Product[]): string {
  const named = products.slice(0, 10).map(productWords)
  const others = products.length - named.length
  return listOf(others > 0 ? [...named, count(others, 'other')] : named)
}

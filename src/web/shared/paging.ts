import { readId, text } from './forms.ts'
import { number } from './words.ts'

export const PAGE_SIZES = [10, 25, 50, 100] as const

export interface Paging {
  page: number
  perPage: number
  pages: number
  total: number
  /** Number of the first and last row shown, counting from 1; both 0 when there is none. */
  first: number
  last: number
  /** The page numbers to offer; 0 stands for a gap. */
  offered: number[]
  /** There are more rows than `total`: no more were counted. */
  more: boolean
  /** "12,500", or "more than 10,000". */
  all: string
  /** What to add to the addresses of the pages beside this one. */
  beside: { previous: string; next: string }
}

/** A row that a page begins right after, or ends right before. */
export interface Beside {
  side: 'after' | 'before'
  id: number
}

/** Pages that begin so near the beginning are found by counting rows; others by a row that they lie beside. */
const NEAR = 1000

/** Where a page lies among all rows. */
export function paging(total: number, page: number, perPage: number): Paging {
  const pages = Math.max(1, Math.ceil(total / perPage))
  const first = total === 0 ? 0 : (page - 1) * perPage + 1
  return {
    page,
    perPage,
    pages,
    total,
    first,
    last: Math.min(total, page * perPage),
    offered: offered(page, pages),
    more: false,
    all: number(total),
    beside: { previous: '', next: '' },
  }
}

/** Where a page lies in a list that is counted up to a point only. `ids` are those of its rows. */
export function stretchPaging(
  { total, more }: { total: number; more: boolean },
  { page, perPage }: { page: number; perPage: number },
  { ids, next }: { ids: number[]; next: boolean },
): Paging {
  const beside = {
    previous: besideWords(page - 1, page, perPage, ids),
    next: besideWords(page + 1, page, perPage, ids),
  }
  if (!more) return { ...paging(total, page, perPage), beside }
  const first = (page - 1) * perPage + 1
  const pages = next ? page + 1 : page
  const all = `more than ${number(total)}`
  return {
    page,
    perPage,
    pages,
    total,
    first,
    last: first + ids.length - 1,
    offered: offered(page, pages),
    more,
    all,
    beside,
  }
}

/** A row that a page lies beside, as it stands in an address. */
export function readBeside(query: unknown): Beside | null {
  const [after, before] = [readId(text(query, 'after')), readId(text(query, 'before'))]
  if (after !== null) return { side: 'after', id: after }
  return before === null ? null : { side: 'before', id: before }
}

/** The row that a page lies beside when it is next to the page whose rows are `ids`, and far from the beginning. */
function besideOf(wanted: number, page: number, perPage: number, ids: number[]): Beside | null {
  const id = wanted === page + 1 ? ids.at(-1) : wanted === page - 1 ? ids[0] : undefined
  if (id === undefined || (wanted - 1) * perPage <= NEAR) return null
  return { side: wanted > page ? 'after' : 'before', id }
}

/** A page number from an address: 1 for anything that is not one. */
export function readPage(value: unknown): number {
  return typeof value === 'string' && /^[1-9]\d{0,6}$/.test(value) ? Number(value) : 1
}

export function readPageSize(value: unknown, otherwise: number): number {
  return PAGE_SIZES.find(size => String(size) === value) ?? otherwise
}

function offered(page: number, pages: number): number[] {
  const near = [1, 2, page - 1, page, page + 1, pages].filter(n => n >= 1 && n <= pages)
  const wanted = [...new Set(near)].toSorted((a, b) => a - b)
  return wanted.flatMap((n, index) => (index > 0 && n - (wanted[index - 1] ?? 0) > 1 ? [0, n] : [n]))
}

/** Where an address leads to from the page whose rows are `ids`: another page, and the row it lies beside. */
export function pageFrom(
  wanted: number,
  { page, perPage }: { page: number; perPage: number },
  ids: number[],
): { page: number; beside: Beside | null } {
  return { page: wanted, beside: besideOf(wanted, page, perPage, ids) }
}

function besideWords(wanted: number, page: number, perPage: number, ids: number[]): string {
  const beside = besideOf(wanted, page, perPage, ids)
  return beside ? `&${beside.side}=${String(beside.id)}` : ''
}

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
}

/** Where a page lies among all rows. */
export function paging(total: number, page: number, perPage: number): Paging {
  const pages = Math.max(1, Math.ceil(total / perPage))
  const first = total === 0 ? 0 : (page - 1) * perPage + 1
  return { page, perPage, pages, total, first, last: Math.min(total, page * perPage), offered: offered(page, pages) }
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

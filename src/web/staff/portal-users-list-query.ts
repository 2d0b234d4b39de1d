import type { PortalUserFilter, PortalUserSort, PortalUserState } from '../../core/portal-users/list.ts'
import { readId, text } from '../shared/forms.ts'
import { readBeside, readPage, readPageSize, type Beside } from '../shared/paging.ts'

export const PORTAL_USERS = '/staff/portal-users'

/** What the address of the list of portal users says. */
export interface PortalUserListQuery {
  filter: PortalUserFilter
  sort: PortalUserSort
  page: number
  perPage: number
  beside: Beside | null
  selection: string | null
}

/** The state in words, and the tone of its tag. */
export const STATE_TAGS: Record<PortalUserState, [words: string, tone: string]> = {
  active: ['Active', 'ok'],
  'temporary-password': ['Temporary password', 'warn'],
  expired: ['Temporary password expired', 'bad'],
  'no-password': ['No password yet', 'warn'],
  'link-expired': ['Link to choose a password expired', 'bad'],
  disabled: ['Disabled', 'bad'],
  invited: ['Invited', 'warn'],
}

/** Reads an address, or the fields of the filter bar; whatever is not understood is left out. */
export function readPortalUserListQuery(query: unknown, rowsPerPage: number): PortalUserListQuery {
  const selection = /^[A-Za-z0-9_-]{12}$/.exec(text(query, 's'))?.[0] ?? null
  return {
    filter: { text: text(query, 'q', 200), selection: text(query, 'only') === 'selected' ? selection : null },
    sort: readPortalUserSort(text(query, 'sort')),
    page: readPage(text(query, 'page')),
    perPage: readPageSize(text(query, 'size'), rowsPerPage),
    beside: readBeside(query),
    selection,
  }
}

export function readPortalUserSort(word: string): PortalUserSort {
  return { by: word.replace(/^-/, '') === 'email' ? 'email' : 'company', descending: word.startsWith('-') }
}

export function portalUserSortWord({ by, descending }: PortalUserSort): string {
  return `${descending ? '-' : ''}${by}`
}

/** The address that says this, shortest form: what is as usual is left out. */
export function portalUserListAddress(path: string, asked: PortalUserListQuery): string {
  const query = new URLSearchParams()
  if (asked.filter.text) query.set('q', asked.filter.text)
  if (asked.filter.selection) query.set('only', 'selected')
  const sort = portalUserSortWord(asked.sort)
  if (sort !== 'company') query.set('sort', sort)
  if (asked.page > 1) query.set('page', String(asked.page))
  if (asked.page > 1 && asked.beside) query.set(asked.beside.side, String(asked.beside.id))
  query.set('size', String(asked.perPage))
  if (asked.selection) query.set('s', asked.selection)
  return `${path}?${query.toString()}`
}

/** The portal users that the posted page showed: at most a page of them. */
export function shownPortalUsers(body: unknown): number[] {
  return text(body, 'shown', 2000)
    .split(',')
    .map(readId)
    .filter(id => id !== null)
    .slice(0, 100)
}

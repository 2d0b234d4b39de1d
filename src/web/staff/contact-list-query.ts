import { PORTAL_STATES, type ContactFilter, type PortalState } from '../../core/contacts/filter.ts'
import type { ContactOrder, ContactSort } from '../../core/contacts/order.ts'
import { CONTACT_TYPES, type ContactType } from '../../core/contacts/records.ts'
import type { Portal } from '../../core/portals/portals.ts'
import { PageError } from '../shared/errors.ts'
import { readId, text } from '../shared/forms.ts'
import { readPage, readPageSize } from '../shared/paging.ts'

/** What the address of the contacts list says: which contacts, in what order, which page, and the selection so far. */
export interface ContactListQuery {
  filter: ContactFilter
  sort: ContactSort
  page: number
  perPage: number
  selection: string | null
}

export const SELECTION_GONE = new PageError(
  404,
  'This selection is no longer there',
  'Selections are kept for 24 hours. Go back to Contacts and select the contacts again.',
)

const ORDERS: readonly ContactOrder[] = ['name', 'company', 'email', 'last-sign-in']

/**
 * Reads an address (or the fields of the search form, which have the same names); whatever is not understood is left
 * out.
 */
export function readContactListQuery(query: unknown, rowsPerPage: number): ContactListQuery {
  const type = text(query, 'type')
  const state = text(query, 'state')
  const portal = text(query, 'portal')
  const sort = text(query, 'sort') || 'name'
  const handle = /^[A-Za-z0-9_-]{12}$/.exec(text(query, 's'))?.[0] ?? null
  return {
    filter: {
      text: text(query, 'q', 200),
      type: CONTACT_TYPES.find(known => known === type) ?? null,
      company: text(query, 'company', 200),
      portal: portal === 'none' ? 'none' : readId(portal),
      state: PORTAL_STATES.find(known => known === state) ?? null,
      email: text(query, 'email') === 'none' ? 'none' : null,
      standing: null,
      archived: text(query, 'archived') === 'yes',
      selection: text(query, 'only') === 'selected' ? handle : null,
    },
    sort: { by: ORDERS.find(order => sort.replace(/^-/, '') === order) ?? 'name', descending: sort.startsWith('-') },
    page: readPage(text(query, 'page')),
    perPage: readPageSize(text(query, 'size'), rowsPerPage),
    selection: handle,
  }
}

/** The address that says this, shortest form: what is as usual is left out. */
export function contactListAddress(path: string, { filter, sort, page, perPage, selection }: ContactListQuery): string {
  const query = new URLSearchParams(filterParams(filter))
  if (sort.by !== 'name' || sort.descending) query.set('sort', sortWord(sort))
  if (page > 1) query.set('page', String(page))
  query.set('size', String(perPage))
  if (selection) query.set('s', selection)
  return `${path}?${query.toString()}`
}

export function sortWord(sort: ContactSort): string {
  return `${sort.descending ? '-' : ''}${sort.by}`
}

/** The filter as parts of an address. */
export function filterParams(filter: ContactFilter): [string, string][] {
  const all: [string, string][] = [
    ['q', filter.text],
    ['type', filter.type ?? ''],
    ['company', filter.company],
    ['portal', String(filter.portal ?? '')],
    ['state', filter.state ?? ''],
    ['email', filter.email ?? ''],
    ['archived', filter.archived ? 'yes' : ''],
    ['only', filter.selection ? 'selected' : ''],
  ]
  return all.filter(([, value]) => value !== '')
}

export const TYPE_WORDS: Record<ContactType, string> = { client: 'Client', prospect: 'Prospect', supplier: 'Supplier' }

export const STATE_WORDS: Record<PortalState, string> = {
  'no-username': 'No username',
  'not-signed-in': 'Has not signed in yet',
  'signed-in': 'Has signed in',
  disabled: 'Disabled',
}

/** One filter in force: the name under which it is dropped, and its words. */
export interface FilterChip {
  name: string
  words: string
}

export function filterChips(filter: ContactFilter, portals: Portal[]): FilterChip[] {
  const portal = portals.find(known => known.id === filter.portal)?.name
  const chips: [string, string | false | null][] = [
    ['q', filter.text && `Text “${filter.text}”`],
    ['type', filter.type && `Type: ${TYPE_WORDS[filter.type]}`],
    ['company', filter.company && `Company: ${filter.company}`],
    ['portal', filter.portal !== null && `Portal: ${filter.portal === 'none' ? 'none' : (portal ?? 'not known')}`],
    ['state', filter.state && STATE_WORDS[filter.state]],
    ['email', filter.email && 'No email address'],
    ['archived', filter.archived && 'Archived'],
    ['only', filter.selection && 'Only the selected ones'],
  ]
  return chips.flatMap(([name, words]) => (words ? [{ name, words }] : []))
}

/** The filter without the one of that name. */
export function withoutFilter(filter: ContactFilter, name: string): ContactFilter {
  switch (name) {
    case 'q':
      return { ...filter, text: '' }
    case 'type':
      return { ...filter, type: null }
    case 'company':
      return { ...filter, company: '' }
    case 'portal':
      return { ...filter, portal: null }
    case 'state':
      return { ...filter, state: null }
    case 'email':
      return { ...filter, email: null }
    case 'archived':
      return { ...filter, archived: false }
    case 'only':
      return { ...filter, selection: null }
    default:
      return filter
  }
}

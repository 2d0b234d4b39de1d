import type { InvitationFilter, InvitationSort } from '../../core/invitations/find.ts'
import { ids, readId, text } from '../shared/forms.ts'
import { readBeside, readPage, readPageSize, type Beside } from '../shared/paging.ts'

export const INVITATIONS = '/staff/invitations'

/** More than this at once does not fit in an address. */
export const MOST_TICKED = 200

/** What the address of the list says: which invitations, in what order, which page, and which are ticked so far. */
export interface InvitationListQuery {
  filter: InvitationFilter
  sort: InvitationSort
  page: number
  perPage: number
  beside: Beside | null
  ticked: number[]
}

/** For the drop-down list; the first one shows all but those that were sent again since. */
export const STATE_CHOICES: [value: NonNullable<InvitationFilter['state']> | '', words: string][] = [
  ['', 'All'],
  ['pending', 'Pending'],
  ['failed', 'Pending, email failed'],
  ['expired', 'Expired'],
  ['accepted', 'Registered'],
  ['cancelled', 'Cancelled'],
  ['superseded', 'Sent again since'],
]

/** Reads an address, or the fields of the form; whatever is not understood is left out. */
export function readInvitationListQuery(query: unknown, rowsPerPage: number): InvitationListQuery {
  return {
    filter: readInvitationFilter(query),
    sort: readInvitationSort(text(query, 'sort')),
    page: readPage(text(query, 'page')),
    perPage: readPageSize(text(query, 'size'), rowsPerPage),
    beside: readBeside(query),
    ticked: readTicked(query),
  }
}

export function readInvitationFilter(fields: unknown): InvitationFilter {
  const state = STATE_CHOICES.find(([value]) => value !== '' && value === text(fields, 'state'))?.[0]
  return { text: text(fields, 'q', 200), state: state || null, portalId: readId(text(fields, 'portal')) }
}

/** "-written" is the usual order: the newest first. */
export function readInvitationSort(word: string): InvitationSort {
  const by = word.replace(/^-/, '') === 'to' ? 'to' : 'written'
  return { by, descending: word === '' || word.startsWith('-') }
}

export function invitationSortWord({ by, descending }: InvitationSort): string {
  return `${descending ? '-' : ''}${by}`
}

/** The address that says this, shortest form: what is as usual is left out. */
export function invitationListAddress(path: string, asked: InvitationListQuery): string {
  const query = filterFields(asked.filter)
  const sort = invitationSortWord(asked.sort)
  if (sort !== '-written') query.set('sort', sort)
  if (asked.page > 1) query.set('page', String(asked.page))
  if (asked.page > 1 && asked.beside) query.set(asked.beside.side, String(asked.beside.id))
  query.set('size', String(asked.perPage))
  if (asked.ticked.length > 0) query.set('ids', asked.ticked.join('.'))
  return `${path}?${query.toString()}`
}

/** The filter as fields of an address or a form. */
export function filterFields({ text: q, state, portalId }: InvitationFilter): URLSearchParams {
  const query = new URLSearchParams()
  if (q) query.set('q', q)
  if (state) query.set('state', state)
  if (portalId !== null) query.set('portal', String(portalId))
  return query
}

/** The invitations an address or a form speaks of: "4.17.23". */
export function readTicked(fields: unknown): number[] {
  return ids({ id: text(fields, 'ids', 4000).split('.') }, 'id').slice(0, MOST_TICKED)
}

/** The ticks so far, with those of the posted page as they are now. */
export function withPostedInvitations(ticked: number[], body: unknown): number[] {
  const now = ids(body, 'id')
  const gone = shownInvitations(body).filter(id => !now.includes(id))
  return [...new Set([...ticked, ...now])].filter(id => !gone.includes(id))
}

/** The invitations that the posted page showed with a box: at most a page of them. */
export function shownInvitations(body: unknown): number[] {
  return ids({ id: text(body, 'shown', 2000).split('.') }, 'id').slice(0, 100)
}

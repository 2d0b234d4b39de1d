import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { ALL_CONTACTS } from '../../core/contacts/filter.ts'
import { contactsPage, countContacts, type ContactOrder, type ContactRow } from '../../core/contacts/queries.ts'
import {
  clearSelection,
  countSelected,
  mergeTicks,
  ownSelection,
  selectedAmong,
  selectMatching,
} from '../../core/contacts/selection.ts'
import { sharedPortals } from '../../core/portals/portals.ts'
import { rememberRowsPerPage } from '../../core/team/accounts.ts'
import { ids, readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { PAGE_SIZES, paging, readPage, readPageSize } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import {
  contactListAddress,
  filterChips,
  filterParams,
  readContactListQuery,
  sortWord,
  STATE_WORDS,
  TYPE_WORDS,
  withoutFilter,
  type ContactListQuery,
} from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const LIST = '/staff/contacts'
const NOTHING_TICKED = 'Select at least one contact, then choose Bulk Actions'

/** The list of contacts: one form whose every button first keeps the ticks, then does what it says. */
export function contactListPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/contacts', may('see'), (req, res) => showList(req, res, []))

  pages.post('/contacts/list', may('see'), async (req, res) => {
    const staff = staffOf(req)
    const asked = await withOwnSelection(req)
    const ticks = { shown: shownIds(req.body), ticked: ids(req.body, 'id') }
    const selection = await mergeTicks(db, staff, asked.selection, ticks, now())
    await follow(req, res, { ...asked, selection })
  })

  /** Does what the pressed button says: `search`, `sort:-name`, `page:2`, `all:matching`, … */
  async function follow(req: Request, res: Response, asked: ContactListQuery): Promise<void> {
    const [verb = '', what = ''] = text(req.body, 'go').split(/:(.*)/)
    const goTo = (query: Partial<ContactListQuery>): void =>
      res.redirect(303, contactListAddress(LIST, { ...asked, ...query }))
    switch (verb) {
      case 'sort':
        return goTo({ sort: readContactListQuery({ sort: what }, 25).sort, page: 1 })
      case 'page':
        return goTo({ page: readPage(what) })
      case 'size':
        return goTo({ page: 1, perPage: await rememberSize(req, what) })
      case 'drop':
        return goTo({ filter: withoutFilter(asked.filter, what), page: 1 })
      case 'reset':
        return goTo({ filter: ALL_CONTACTS, page: 1 })
      case 'all':
        return what === 'matching' ? selectAllMatching(req, res, asked) : selectPage(req, res, asked)
      case 'none':
        await clearSelection(db, staffOf(req), asked.selection)
        return goTo({ filter: withoutFilter(asked.filter, 'only') })
      case 'bulk':
        return startBulk(req, res, asked)
      default:
        return goTo({
          filter: readContactListQuery({ ...req.body, s: asked.selection ?? '', only: req.query.only }, 25).filter,
          page: 1,
        })
    }
  }

  async function rememberSize(req: Request, what: string): Promise<number> {
    const size = readPageSize(what, staffOf(req).rowsPerPage)
    await rememberRowsPerPage(db, staffOf(req), size)
    return size
  }

  async function selectPage(req: Request, res: Response, asked: ContactListQuery): Promise<void> {
    const shown = shownIds(req.body)
    const selection = await mergeTicks(db, staffOf(req), asked.selection, { shown: [], ticked: shown }, now())
    await sayHowMany(req, res, { ...asked, selection })
  }

  async function selectAllMatching(req: Request, res: Response, asked: ContactListQuery): Promise<void> {
    const selection = await selectMatching(db, staffOf(req), asked.selection, asked.filter, now())
    await sayHowMany(req, res, { ...asked, selection })
  }

  async function sayHowMany(req: Request, res: Response, asked: ContactListQuery): Promise<void> {
    const total = asked.selection ? await countSelected(db, asked.selection) : 0
    const inside = asked.selection ? await countContacts(db, { ...asked.filter, selection: asked.selection }) : 0
    const outside =
      total > inside ? `, including ${count(total - inside, 'contact')} that this search does not show` : ''
    await redirectSaying(
      req,
      res,
      contactListAddress(LIST, asked),
      `${count(total, 'contact')} ${total === 1 ? 'is' : 'are'} now selected${outside}.`,
    )
  }

  async function startBulk(req: Request, res: Response, asked: ContactListQuery): Promise<void> {
    const selected = asked.selection ? await countSelected(db, asked.selection) : 0
    if (asked.selection && selected > 0) return res.redirect(303, `/staff/contacts/bulk?s=${asked.selection}`)
    await showList(req, res.status(422), [{ field: 'first-tick', message: NOTHING_TICKED }])
  }

  async function withOwnSelection(req: Request): Promise<ContactListQuery> {
    const asked = readContactListQuery(req.query, staffOf(req).rowsPerPage)
    const selection = await ownSelection(db, staffOf(req), asked.selection)
    return { ...asked, selection, filter: selection ? asked.filter : withoutFilter(asked.filter, 'only') }
  }

  async function showList(req: Request, res: Response, errors: FieldError[]): Promise<void> {
    const asked = await withOwnSelection(req)
    const [total, everyone, portals] = await Promise.all([
      countContacts(db, asked.filter),
      isFiltered(asked) ? countContacts(db, { ...ALL_CONTACTS, archived: asked.filter.archived }) : null,
      sharedPortals(db),
    ])
    const pagesOfList = paging(total, asked.page, asked.perPage)
    if (asked.page > pagesOfList.pages) return res.redirect(303, contactListAddress(LIST, { ...asked, page: 1 }))
    const rows = await contactsPage(db, asked.filter, asked.sort, asked.page, asked.perPage)
    const { ticked, selected } = await ticksOn(rows, asked.selection)
    res.page('staff/contacts/list', {
      title: 'Contacts',
      tabTitle: tabTitle(asked, pagesOfList.pages),
      nav: 'contacts',
      errors,
      rows,
      ticked,
      selected,
      elsewhere: selected - ticked.size,
      chips: filterChips(asked.filter, portals),
      everyone: everyone ?? total,
      portals,
      paging: pagesOfList,
      sizes: PAGE_SIZES,
      asked,
      sort: sortWord(asked.sort),
      nextSort: nextSort(asked),
      types: Object.entries(TYPE_WORDS),
      states: Object.entries(STATE_WORDS),
      action: contactListAddress('/staff/contacts/list', asked),
      selectedAddress: `${LIST}?only=selected&s=${asked.selection ?? ''}`,
      exportAddress: exportAddress(asked),
      sameName: repeatedNames(rows),
      mayChange: staffMay(staffOf(req), 'change'),
      mayExport: staffMay(staffOf(req), 'export'),
      mayImport: staffMay(staffOf(req), 'import'),
    })
  }

  /** Which of the contacts on this page are selected, and how many are in all. */
  async function ticksOn(rows: ContactRow[], selection: string | null) {
    if (!selection) return { ticked: new Set<number>(), selected: 0 }
    const shown = rows.map(row => row.id)
    return { ticked: await selectedAmong(db, selection, shown), selected: await countSelected(db, selection) }
  }
}

/** The contacts that the posted page showed: at most a page of them. */
function shownIds(body: unknown): number[] {
  return text(body, 'shown', 2000)
    .split(',')
    .map(readId)
    .filter(id => id !== null)
    .slice(0, 100)
}

function exportAddress({ filter }: ContactListQuery): string {
  const query = new URLSearchParams(filterParams(filter))
  if (filter.selection) query.set('s', filter.selection)
  return `/staff/contacts/export?${query.toString()}`
}

/** Names that stand more than once on this page: their links and boxes need something more to be told apart. */
function repeatedNames(rows: ContactRow[]): Set<string> {
  const names = rows.map(row => row.name)
  return new Set(names.filter((name, index) => names.indexOf(name) !== index))
}

/** What the button of each heading asks for: its own order, or that turned round when it is in force. */
function nextSort({ sort }: ContactListQuery): Record<ContactOrder, string> {
  const turned = (by: ContactOrder, usually: boolean): string =>
    sortWord({ by, descending: sort.by === by ? !sort.descending : usually })
  return {
    name: turned('name', false),
    company: turned('company', false),
    email: turned('email', false),
    'last-sign-in': turned('last-sign-in', true),
  }
}

/** Whether anything but the archive is looked for: only then do the two numbers on the page differ. */
function isFiltered({ filter }: ContactListQuery): boolean {
  return filterParams({ ...filter, archived: false }).length > 0
}

function tabTitle({ filter, page }: ContactListQuery, pages: number): string {
  const matching = filter.text ? ` matching “${filter.text}”` : ''
  return `Contacts${matching}${pages > 1 ? ` (page ${String(page)} of ${String(pages)})` : ''}`
}

import type { Request, Response } from 'express'
import { ALL_CONTACTS, type ContactFilter } from '../../core/contacts/filter.ts'
import type { ContactOrder } from '../../core/contacts/order.ts'
import { contactsNow } from '../../core/contacts/now.ts'
import { countContacts, type ContactRow } from '../../core/contacts/queries.ts'
import {
  clearSelection,
  countSelected,
  handleFor,
  mergeTicks,
  ownSelection,
  selectMatching,
  ticksShown,
} from '../../core/contacts/selection.ts'
import { rememberRowsPerPage } from '../../core/team/accounts.ts'
import type { Deps } from '../shared/deps.ts'
import { ids, readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { PAGE_SIZES, paging, readPage, readPageSize, type Paging } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import {
  contactListAddress,
  filterChips,
  filterParams,
  readContactListQuery,
  SELECTION_GONE,
  sortWord,
  STATE_WORDS,
  TYPE_WORDS,
  withoutFilter,
  type ContactListQuery,
} from './contact-list-query.ts'
import { staffOf } from './guard.ts'

/** A page on which contacts are listed and ticked, and what is done there with the ticked ones. */
export interface ContactListPlace {
  /** The address of the page; its form is sent to `list` below it. */
  path: string
  /** What its addresses say besides, such as what the contacts are chosen for. */
  also: (req: Request) => Record<string, string>
  /** Which contacts the page is about at all, where not all of them. */
  within?: (req: Request) => Partial<ContactFilter>
  /** Where a button for the ticked contacts leads, by the word it sends. */
  acts: Record<string, (req: Request, selection: string) => string>
  /** What else is wrong with what was filled in, when a button for the ticked contacts is pressed. */
  mistakes?: (req: Request) => FieldError[]
  /** The mistake of pressing such a button while nothing is ticked. */
  nothingTicked: string
  draw: (req: Request, res: Response, list: ContactListLocals) => void | Promise<void>
}

/** What the shared parts of such a page need. */
export interface ContactListLocals {
  asked: ContactListQuery
  rows: ContactRow[]
  paging: Paging
  errors: FieldError[]
  /** For the title: what is searched for, and which page of how many this is. */
  tabEnd: string
  [name: string]: unknown
}

/** A question to the list with the handle of the selection that its ticks go into. */
type Asked = ContactListQuery & { selection: string; isNew: boolean }

/** The list of contacts as one form whose every button first keeps the ticks, then does what it says. */
export function contactListForm({ db, now }: Deps, place: ContactListPlace) {
  const addressOf = (req: Request, asked: ContactListQuery, path = place.path): string => {
    const also = new URLSearchParams(place.also(req)).toString()
    return `${contactListAddress(path, asked)}${also && `&${also}`}`
  }

  /** Takes the ticks of the posted page, then does what the pressed button says. */
  async function post(req: Request, res: Response): Promise<void> {
    const asked = await askedBy(req)
    const ticks = { shown: shownIds(req.body), ticked: ids(req.body, 'id') }
    await mergeTicks(db, staffOf(req), asked.selection, ticks, now())
    await follow(req, res, asked)
  }

  /** `search`, `sort:-name`, `page:2`, `all:matching`, … */
  async function follow(req: Request, res: Response, asked: Asked): Promise<void> {
    const [verb = '', what = ''] = text(req.body, 'go').split(/:(.*)/)
    const goTo = (query: Partial<ContactListQuery>): void => res.redirect(303, addressOf(req, { ...asked, ...query }))
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
      default:
        if (Object.hasOwn(place.acts, verb)) return act(req, res, verb, asked)
        return goTo({
          filter: readContactListQuery({ ...req.body, s: asked.selection, only: req.query.only }, 25).filter,
          page: 1,
        })
    }
  }

  async function rememberSize(req: Request, what: string): Promise<number> {
    const size = readPageSize(what, staffOf(req).rowsPerPage)
    await rememberRowsPerPage(db, staffOf(req), size)
    return size
  }

  async function selectPage(req: Request, res: Response, asked: Asked): Promise<void> {
    await mergeTicks(db, staffOf(req), asked.selection, { shown: [], ticked: shownIds(req.body) }, now())
    await sayHowMany(req, res, asked)
  }

  async function selectAllMatching(req: Request, res: Response, asked: Asked): Promise<void> {
    await selectMatching(db, staffOf(req), asked.selection, asked.filter, now())
    await sayHowMany(req, res, asked)
  }

  async function sayHowMany(req: Request, res: Response, asked: Asked): Promise<void> {
    const total = await countSelected(db, asked.selection)
    const inside = await countContacts(db, { ...asked.filter, archived: false, selection: asked.selection })
    const outside =
      total > inside ? `, including ${count(total - inside, 'contact')} that this search does not show` : ''
    await redirectSaying(
      req,
      res,
      addressOf(req, asked),
      `${count(total, 'contact')} ${total === 1 ? 'is' : 'are'} now selected${outside}.`,
    )
  }

  async function act(req: Request, res: Response, verb: string, { selection }: Asked): Promise<void> {
    const address = place.acts[verb]
    const isTicked = (await countSelected(db, selection)) > 0
    const wrong = [
      ...(isTicked ? [] : [{ field: 'first-tick', message: place.nothingTicked }]),
      ...(place.mistakes?.(req) ?? []),
    ]
    if (address && wrong.length === 0) return res.redirect(303, address(req, selection))
    await show(req, res.status(422), wrong)
  }

  async function askedBy(req: Request): Promise<Asked> {
    const asked = readContactListQuery(req.query, staffOf(req).rowsPerPage)
    if (asked.filter.selection && !(await ownSelection(db, staffOf(req), asked.filter.selection))) throw SELECTION_GONE
    const filter = { ...asked.filter, ...place.within?.(req) }
    const selection = await handleFor(db, staffOf(req), asked.selection)
    return { ...asked, filter, selection, isNew: selection !== asked.selection }
  }

  /** Draws the page; one beyond the last leads to the first. */
  async function show(req: Request, res: Response, errors: FieldError[]): Promise<void> {
    const asked = await askedBy(req)
    const contacts = await contactsNow(db, asked)
    const { portals } = contacts
    const [total, everyone] = await Promise.all([
      contacts.count(asked.filter),
      isFiltered(asked) ? contacts.count(everyoneOf(asked)) : null,
    ])
    const pages = paging(total, asked.page, asked.perPage)
    if (asked.page > pages.pages) return res.redirect(303, addressOf(req, { ...asked, page: 1 }))
    const rows = await contacts.page(asked.filter, asked.sort, pages)
    const shown = rows.map(row => row.id)
    const { ticked, selected } = await ticksShown(db, asked.isNew ? null : asked.selection, shown)
    const onlySelected = { ...asked, filter: { ...ALL_CONTACTS, selection: asked.selection }, page: 1 }
    await place.draw(req, res, {
      asked,
      rows,
      paging: pages,
      errors,
      tabEnd: tabEnd(asked, pages.pages),
      ticked,
      selected,
      elsewhere: selected - ticked.size,
      chips: filterChips(asked.filter, portals),
      everyone: everyone ?? total,
      portals,
      action: addressOf(req, asked, `${place.path}/list`),
      selectedAddress: addressOf(req, onlySelected),
      ...wordsFor(asked, rows),
    })
  }

  return { post, show }
}

function wordsFor(asked: ContactListQuery, rows: ContactRow[]) {
  return {
    sizes: PAGE_SIZES,
    sort: sortWord(asked.sort),
    nextSort: nextSort(asked),
    types: Object.entries(TYPE_WORDS),
    states: Object.entries(STATE_WORDS),
    sameName: repeatedNames(rows),
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

/** The filter of all whom the page is about. */
function everyoneOf({ filter: { archived, standing } }: ContactListQuery): ContactFilter {
  return { ...ALL_CONTACTS, archived, standing }
}

/** Whether anything but the archive is looked for: only then do the two numbers on the page differ. */
function isFiltered({ filter }: ContactListQuery): boolean {
  return filterParams({ ...filter, archived: false }).length > 0
}

function tabEnd({ filter, page }: ContactListQuery, pages: number): string {
  const matching = filter.text ? ` matching “${filter.text}”` : ''
  return `${matching}${pages > 1 ? ` (page ${String(page)} of ${String(pages)})` : ''}`
}

import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { selectedAmong } from '../../core/contacts/selection.ts'
import {
  ALL_PORTAL_USERS,
  countPortalUsers,
  portalUsersPage,
  type PortalUserRow,
} from '../../core/portal-users/list.ts'
import {
  clearPortalUserSelection,
  countSelectedPortalUsers,
  mergePortalUserTicks,
  ownPortalUserSelection,
  selectMatchingPortalUsers,
} from '../../core/portal-users/selection.ts'
import { rememberRowsPerPage } from '../../core/team/accounts.ts'
import { ids, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { PAGE_SIZES, pageFrom, readPage, readPageSize, stretchPaging, type Paging } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import {
  PORTAL_USERS,
  portalUserListAddress,
  portalUserSortWord,
  readPortalUserListQuery,
  readPortalUserSort,
  shownPortalUsers,
  STATE_TAGS,
  type PortalUserListQuery,
} from './portal-users-list-query.ts'

const NOTHING_TICKED = 'Select at least one portal user, then choose Delete'

/** Settings → Client → Portal Access: one form whose every button first keeps the ticks, then does what it says. */
export function portalUserListPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portal-users', may('see'), (req, res) => showList(req, res, []))

  pages.post('/portal-users/list', may('see'), async (req, res) => {
    const asked = await withOwnSelection(req)
    const ticks = { shown: shownPortalUsers(req.body), ticked: ids(req.body, 'id') }
    const selection = await mergePortalUserTicks(db, staffOf(req), asked.selection, ticks, now())
    await follow(req, res, { ...asked, selection })
  })

  /** Does what the pressed button says: `search`, `sort:-email`, `page:2`, `all:page`, `delete`, … */
  async function follow(req: Request, res: Response, asked: PortalUserListQuery): Promise<void> {
    const [verb = '', what = ''] = text(req.body, 'go').split(/:(.*)/)
    const goTo = (query: Partial<PortalUserListQuery>): void =>
      res.redirect(303, portalUserListAddress(PORTAL_USERS, { ...asked, ...query }))
    switch (verb) {
      case 'sort':
        return goTo({ sort: readPortalUserSort(what), page: 1 })
      case 'page':
        return goTo(pageFrom(readPage(what), asked, shownPortalUsers(req.body)))
      case 'size':
        return goTo({ page: 1, perPage: await rememberSize(req, what) })
      case 'reset':
        return goTo({ filter: ALL_PORTAL_USERS, page: 1 })
      case 'all':
        return selectAll(req, res, asked, what)
      case 'none':
        await clearPortalUserSelection(db, staffOf(req), asked.selection)
        return goTo({ filter: { ...asked.filter, selection: null } })
      case 'delete':
        return startDeletion(req, res, asked)
      default:
        return goTo({ filter: { ...asked.filter, text: text(req.body, 'q', 200) }, page: 1 })
    }
  }

  async function rememberSize(req: Request, what: string): Promise<number> {
    const size = readPageSize(what, staffOf(req).rowsPerPage)
    await rememberRowsPerPage(db, staffOf(req), size)
    return size
  }

  async function selectAll(req: Request, res: Response, asked: PortalUserListQuery, what: string): Promise<void> {
    const shown = { shown: [], ticked: shownPortalUsers(req.body) }
    const selection =
      what === 'matching'
        ? await selectMatchingPortalUsers(db, staffOf(req), asked.selection, asked.filter, now())
        : await mergePortalUserTicks(db, staffOf(req), asked.selection, shown, now())
    const total = selection ? await countSelectedPortalUsers(db, selection) : 0
    const to = portalUserListAddress(PORTAL_USERS, { ...asked, selection })
    await redirectSaying(req, res, to, `${count(total, 'portal user')} ${total === 1 ? 'is' : 'are'} now selected.`)
  }

  async function startDeletion(req: Request, res: Response, asked: PortalUserListQuery): Promise<void> {
    const selected = asked.selection ? await countSelectedPortalUsers(db, asked.selection) : 0
    if (asked.selection && selected > 0) return res.redirect(303, `${PORTAL_USERS}/delete?s=${asked.selection}`)
    await showList(req, res.status(422), [{ field: 'first-tick', message: NOTHING_TICKED }])
  }

  async function withOwnSelection(req: Request): Promise<PortalUserListQuery> {
    const asked = readPortalUserListQuery(req.query, staffOf(req).rowsPerPage)
    const selection = await ownPortalUserSelection(db, staffOf(req), asked.selection)
    return { ...asked, selection, filter: selection ? asked.filter : { ...asked.filter, selection: null } }
  }

  async function showList(req: Request, res: Response, errors: FieldError[]): Promise<void> {
    const asked = await withOwnSelection(req)
    const counted = await countPortalUsers(db, asked.filter)
    const isFiltered = asked.filter.text !== '' || asked.filter.selection !== null
    const { rows, next } = await portalUsersPage(db, asked.filter, asked.sort, asked, now())
    const lie = stretchPaging(counted, asked, { ids: rows.map(row => row.id), next })
    if (asked.page > 1 && rows.length === 0)
      return res.redirect(303, portalUserListAddress(PORTAL_USERS, { ...asked, page: 1 }))
    res.page('staff/portal-users/list', {
      title: 'Portal Access',
      tabTitle: tabTitle(asked, lie),
      nav: 'settings',
      crumbs: [['Settings', '/staff/settings']],
      errors,
      rows,
      ...(await ticksOn(rows, asked.selection)),
      everyone: isFiltered ? await countPortalUsers(db, ALL_PORTAL_USERS) : counted,
      isFiltered,
      paging: lie,
      sizes: PAGE_SIZES,
      asked,
      nextSort: nextSort(asked),
      stateTags: STATE_TAGS,
      action: portalUserListAddress(`${PORTAL_USERS}/list`, asked),
      mayChange: staffMay(staffOf(req), 'change'),
    })
  }

  /** Which of the portal users on this page are selected, and how many are in all. */
  async function ticksOn(rows: PortalUserRow[], selection: string | null) {
    if (!selection) return { ticked: new Set<number>(), selected: 0 }
    const shown = rows.map(row => row.id)
    return {
      ticked: await selectedAmong(db, selection, shown),
      selected: await countSelectedPortalUsers(db, selection),
    }
  }
}

/** What the button of each heading asks for: its own order, or that turned round when it is in force. */
function nextSort({ sort }: PortalUserListQuery): Record<'company' | 'email', string> {
  const turned = (by: 'company' | 'email'): string =>
    portalUserSortWord({ by, descending: sort.by === by && !sort.descending })
  return { company: turned('company'), email: turned('email') }
}

function tabTitle({ filter }: PortalUserListQuery, { page, pages, more }: Paging): string {
  const matching = filter.text ? ` matching “${filter.text}”` : ''
  return `Portal Access${matching}${pages > 1 ? ` (page ${String(page)}${more ? '' : ` of ${String(pages)}`})` : ''}`
}

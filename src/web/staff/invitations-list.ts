import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { ALL_INVITATIONS } from '../../core/invitations/find.ts'
import { countInvitations, invitationsPage, type ListedInvitation } from '../../core/invitations/list.ts'
import { portalById } from '../../core/portals/contact-portals.ts'
import { rememberRowsPerPage } from '../../core/team/accounts.ts'
import { text, type FieldError } from '../shared/forms.ts'
import { PAGE_SIZES, pageFrom, readPage, readPageSize, stretchPaging } from '../shared/paging.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { INVITATION_TAGS, invitationMailWords, waitsForServer } from './invitation-words.ts'
import {
  filterFields,
  INVITATIONS,
  invitationListAddress,
  invitationSortWord,
  MOST_TICKED,
  readInvitationFilter,
  readInvitationListQuery,
  readInvitationSort,
  shownInvitations,
  STATE_CHOICES,
  withPostedInvitations,
  type InvitationListQuery,
} from './invitations-query.ts'

const TOO_MANY: FieldError = {
  field: 'first-tick',
  message: `Select at most ${String(MOST_TICKED)} invitations at once. The ticks of this page were not kept`,
}

/** All invitations as one form whose every button first keeps the ticks, then does what it says. */
export function invitationListPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/invitations', may('see'), (req, res) => showList(req, res, askedOf(req), []))

  pages.post('/invitations/list', may('see'), async (req, res) => {
    const before = askedOf(req)
    const ticked = withPostedInvitations(before.ticked, req.body)
    if (ticked.length > MOST_TICKED) return showList(req, res.status(422), before, [TOO_MANY])
    await follow(req, res, { ...before, ticked })
  })

  /** `search`, `sort:-to`, `page:2`, `all:page`, `resend`, `cancel`, `resend-all`, … */
  async function follow(req: Request, res: Response, asked: InvitationListQuery): Promise<void> {
    const [verb = '', what = ''] = text(req.body, 'go').split(/:(.*)/)
    const goTo = (query: Partial<InvitationListQuery>): void =>
      res.redirect(303, invitationListAddress(INVITATIONS, { ...asked, ...query }))
    switch (verb) {
      case 'sort':
        return goTo({ sort: readInvitationSort(what), page: 1 })
      case 'page':
        return goTo(pageFrom(readPage(what), asked, shownInvitations(req.body)))
      case 'size':
        return goTo({ page: 1, perPage: await rememberSize(req, what) })
      case 'reset':
        return goTo({ filter: ALL_INVITATIONS, page: 1 })
      case 'all':
        return selectPage(req, res, asked)
      case 'none':
        return goTo({ ticked: [] })
      case 'resend':
      case 'cancel':
        return start(req, res, asked, verb)
      case 'resend-all':
        return res.redirect(303, `${INVITATIONS}/resend?all=yes&${filterFields(asked.filter).toString()}`)
      default:
        return goTo({ filter: { ...readInvitationFilter(req.body), portalId: asked.filter.portalId }, page: 1 })
    }
  }

  async function rememberSize(req: Request, what: string): Promise<number> {
    const size = readPageSize(what, staffOf(req).rowsPerPage)
    await rememberRowsPerPage(db, staffOf(req), size)
    return size
  }

  async function selectPage(req: Request, res: Response, asked: InvitationListQuery): Promise<void> {
    const ticked = [...new Set([...asked.ticked, ...shownInvitations(req.body)])]
    if (ticked.length > MOST_TICKED) return showList(req, res.status(422), asked, [TOO_MANY])
    res.redirect(303, invitationListAddress(INVITATIONS, { ...asked, ticked }))
  }

  async function start(
    req: Request,
    res: Response,
    asked: InvitationListQuery,
    verb: 'resend' | 'cancel',
  ): Promise<void> {
    const word = verb === 'resend' ? 'Resend' : 'Cancel'
    const message = `Select at least one invitation, then choose ${word}`
    if (asked.ticked.length === 0) return showList(req, res.status(422), asked, [{ field: 'first-tick', message }])
    res.redirect(303, `${INVITATIONS}/${verb}?ids=${asked.ticked.join('.')}`)
  }

  function askedOf(req: Request): InvitationListQuery {
    return readInvitationListQuery(req.query, staffOf(req).rowsPerPage)
  }

  async function showList(
    req: Request,
    res: Response,
    asked: InvitationListQuery,
    errors: FieldError[],
  ): Promise<void> {
    const { filter } = asked
    const counted = await countInvitations(db, filter, now())
    const { rows, next } = await invitationsPage(db, filter, asked.sort, asked, now())
    if (asked.page > 1 && rows.length === 0)
      return res.redirect(303, invitationListAddress(INVITATIONS, { ...asked, page: 1 }))
    const shown = stretchPaging(counted, asked, { ids: rows.map(row => row.id), next })
    const here = rows.filter(row => asked.ticked.includes(row.id)).length
    const portal = filter.portalId === null ? null : await portalById(db, filter.portalId)
    const page = shown.pages > 1 ? ` (page ${String(shown.page)}${shown.more ? '' : ` of ${String(shown.pages)}`})` : ''
    res.page('staff/invitations/list', {
      title: 'Invitations',
      tabTitle: `Invitations${filter.text ? ` matching “${filter.text}”` : ''}${page}`,
      nav: 'client-portals',
      crumbs: [['Client Portal', '/staff/client-portals']],
      errors,
      asked,
      apart: repeatedPeople(rows),
      rows: rows.map(row => ({ ...row, tag: INVITATION_TAGS[row.state], mailWords: mailWords(row) })),
      noServer: rows.some(row => row.state === 'pending' && waitsForServer(deps, row)),
      isFiltered: filter.text !== '' || filter.state !== null || filter.portalId !== null,
      portalName: portal?.name ?? '',
      here,
      elsewhere: asked.ticked.length - here,
      states: STATE_CHOICES,
      paging: shown,
      sizes: PAGE_SIZES,
      nextSort: nextSort(asked),
      action: invitationListAddress(`${INVITATIONS}/list`, asked),
      mayChange: staffMay(staffOf(req), 'change'),
    })
  }

  /** Why is said once, above all of them. */
  function mailWords(row: ListedInvitation): string {
    return waitsForServer(deps, row) ? 'Not sent' : invitationMailWords(deps, row)
  }
}

/** What the button of each heading asks for: its own order, or that turned round when it is in force. */
function nextSort({ sort }: InvitationListQuery): Record<'to' | 'written', string> {
  const turned = (by: 'to' | 'written'): string =>
    invitationSortWord({ by, descending: sort.by === by ? !sort.descending : by === 'written' })
  return { to: turned('to'), written: turned('written') }
}

/** Those who stand more than once on this page: their links and boxes need something more to be told apart. */
function repeatedPeople(rows: ListedInvitation[]): Set<string> {
  const names = rows.map(row => row.name)
  return new Set(names.filter((name, index) => names.indexOf(name) !== index))
}

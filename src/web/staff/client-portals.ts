import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { countAllDocuments } from '../../core/documents/contents.ts'
import { heldMail } from '../../core/portal-users/held.ts'
import {
  clientPortal,
  clientPortalsPage,
  countClientPortals,
  removeClientPortal,
  type ClientPortalOrder,
  type ClientPortalSort,
} from '../../core/portals/client-portals.ts'
import { accessCounts, sharedPortals } from '../../core/portals/portals.ts'
import { notFound } from '../shared/errors.ts'
import { oneOf, readId, text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { PAGE_SIZES, paging, readPage, readPageSize } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const LIST = '/staff/client-portals'
/** What a form says that stood on this list. */
const FROM = 'client-portals'
const ORDERS: ClientPortalOrder[] = ['name', 'company', 'activity']

interface Asked {
  q: string
  sort: ClientPortalSort
  page: number
  perPage: number
}

/** The Client Portal module: the contacts that have a portal, switching it, and taking a contact out of it. */
export function clientPortalPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/client-portals', may('see'), async (req, res) => {
    const asked = readAsked(req, req.query)
    const total = await countClientPortals(db, asked.q)
    const shown = paging(total, asked.page, asked.perPage)
    if (shown.page > shown.pages) return res.redirect(303, addressOf({ ...asked, page: 1 }))
    const matching = asked.q ? ` matching “${asked.q}”` : ''
    const page = shown.pages > 1 ? ` (page ${String(shown.page)} of ${String(shown.pages)})` : ''
    res.page('staff/client-portals/list', {
      title: 'Client Portal',
      tabTitle: `Client Portal${matching}${page}`,
      nav: 'client-portals',
      asked,
      rows: await clientPortalsPage(db, asked.q, asked.sort, asked),
      paging: shown,
      sizes: PAGE_SIZES,
      base: `${addressOf({ ...asked, page: 1 })}&`,
      sortAddress: (by: ClientPortalOrder) => addressOf({ ...asked, sort: turned(asked.sort, by), page: 1 }),
      sizeAddress: (perPage: number) => addressOf({ ...asked, perPage, page: 1 }),
      shared: await sharedPortals(db),
      people: await accessCounts(db),
      mayChange: staffMay(staffOf(req), 'change'),
      maySwitch: staffMay(staffOf(req), 'administer'),
      held: await heldMail(db, now()),
      listFields: [['from', FROM], ...fieldsOf(asked)],
    })
  })

  pages.get('/client-portals/:portalId/removal', may('change'), async (req, res) => showRemoval(req, res))

  pages.post('/client-portals/:portalId/removal', may('change'), async (req, res) => {
    const what = { documents: oneOf(req.body, 'documents', ['keep', 'delete']) }
    const removed = await removeClientPortal(db, staffOf(req), readId(req.params.portalId) ?? 0, what, now())
    if (!removed.ok) return redirectSaying(req, res, LIST, 'This portal was removed already.')
    const { name, subscribers, invitations, documents } = removed.value
    const kept = what.documents === 'keep' ? 'Documents are kept' : `Deleted: ${count(documents, 'document')}`
    const words = `The portal of ${name} was removed. Ended: access of ${count(subscribers, 'person', 'people')}, and ${count(invitations, 'invitation')}. ${kept}.`
    await redirectSaying(req, res, LIST, words)
  })

  async function showRemoval(req: Request, res: Response): Promise<void> {
    const portal = await clientPortal(db, readId(req.params.portalId) ?? 0)
    if (!portal) throw notFound()
    res.page('staff/client-portals/remove', {
      title: `Remove the portal of ${portal.name}?`,
      nav: 'client-portals',
      crumbs: [['Client Portal', LIST]],
      crumb: 'Remove',
      portal,
      documents: await countAllDocuments(db, { portalId: portal.id, holder: 'office' }),
    })
  }
}

/** Where the button stood that switches a portal, or sends its held mail: this list as it was, or the settings. */
export function switchedFrom(req: Request): string {
  return text(req.body, 'from') === FROM ? addressOf(readAsked(req, req.body)) : '/staff/portals'
}

function readAsked(req: Request, fields: unknown): Asked {
  const word = text(fields, 'sort')
  const by = ORDERS.find(one => one === word.replace(/^-/, '')) ?? 'name'
  return {
    q: text(fields, 'q', 200),
    sort: { by, descending: word.startsWith('-') },
    page: readPage(text(fields, 'page')),
    perPage: readPageSize(text(fields, 'size'), staffOf(req).rowsPerPage),
  }
}

/** The address that says this, shortest form: what is as usual is left out. */
function addressOf(asked: Asked): string {
  return `${LIST}?${fieldsOf(asked).toString()}`
}

function fieldsOf({ q, sort, page, perPage }: Asked): URLSearchParams {
  const query = new URLSearchParams()
  if (q) query.set('q', q)
  const word = `${sort.descending ? '-' : ''}${sort.by}`
  if (word !== 'name') query.set('sort', word)
  if (page > 1) query.set('page', String(page))
  query.set('size', String(perPage))
  return query
}

/**
 * What a heading asks for: its own order, or that turned round when it is in force. The latest activity comes first.
 */
function turned(sort: ClientPortalSort, by: ClientPortalOrder): ClientPortalSort {
  return { by, descending: sort.by === by ? !sort.descending : by === 'activity' }
}

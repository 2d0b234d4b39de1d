import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { countDoomed, deletePortalUsers, doomedNames, type Doomed } from '../../core/portal-users/delete.ts'
import { ownPortalUserSelection } from '../../core/portal-users/selection.ts'
import { PageError } from '../shared/errors.ts'
import { readId, text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { PORTAL_USERS } from './portal-users-list-query.ts'

const NAMED_AT_MOST = 20
const NOBODY = new PageError(
  404,
  'These portal users are no longer there',
  'They may have been deleted already, or the selection is more than 24 hours old. Go back to Portal Access.',
)

/** Deleting one portal user or many: a page that warns, and the one press that does it. */
export function portalUserDeletePages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portal-users/delete', may('change'), async (req, res) => {
    await showWarning(res, await doomedOf(req, req.query), false)
  })

  pages.post('/portal-users/delete', may('change'), async (req, res) => {
    const doomed = await doomedOf(req, req.body)
    const seen = Number(text(req.body, 'seen', 10)) || 0
    const formKey = text(req.body, 'form_key', 50) || randomUUID()
    const done = await deletePortalUsers(db, staffOf(req), { doomed, seen, formKey }, now())
    if (!done.ok) return showWarning(res.status(409), doomed, true)
    const words = `${count(seen, 'portal user')} deleted. ${seen === 1 ? 'This person' : 'They'} can no longer access the Client Portal.`
    await redirectSaying(req, res, PORTAL_USERS, words)
  })

  async function doomedOf(req: Request, fields: unknown): Promise<Doomed> {
    const id = readId(text(fields, 'id'))
    if (id !== null) return { id }
    const selection = await ownPortalUserSelection(db, staffOf(req), text(fields, 's'))
    if (!selection) throw NOBODY
    return { selection }
  }

  async function showWarning(res: Response, doomed: Doomed, hasChanged: boolean): Promise<void> {
    const total = await countDoomed(db, doomed)
    if (total === 0) throw NOBODY
    const isOne = 'id' in doomed
    res.page('staff/portal-users/delete', {
      title: `Delete ${count(total, 'portal user')}?`,
      nav: 'settings',
      crumbs: [
        ['Settings', '/staff/settings'],
        ['Portal Access', PORTAL_USERS],
      ],
      crumb: 'Delete',
      hasChanged,
      total,
      people: await doomedNames(db, doomed, NAMED_AT_MOST),
      doomed: isOne ? ['id', doomed.id] : ['s', doomed.selection],
      formKey: randomUUID(),
      back: isOne ? `${PORTAL_USERS}/${String(doomed.id)}` : `${PORTAL_USERS}?s=${doomed.selection}`,
      all: isOne ? '' : `${PORTAL_USERS}?only=selected&s=${doomed.selection}`,
    })
  }
}

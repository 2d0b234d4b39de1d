import type { Request, Response } from 'express'
import { countSelected, ownSelection } from '../../core/contacts/selection.ts'
import { sharedPortals, type Portal } from '../../core/portals/portals.ts'
import { ids, oneOf, text, type FieldError } from '../shared/forms.ts'
import { count } from '../shared/words.ts'
import { additionPage } from './bulk-add.ts'
import { removalPage } from './bulk-remove.ts'
import { STEPS } from './bulk-step.ts'
import { SELECTION_GONE } from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { INVITATIONS } from './import-center-query.ts'
import { may, staffOf } from './guard.ts'

/** What is to be done with the selected contacts, and with which shared portals. */
interface BulkAction {
  action: 'add' | 'remove' | 'invite'
  portalIds: number[]
}

/** A journey that only reads until its last press: choose portals, see what will happen, save. */
export function bulkPages(face: StaffPages): void {
  const { pages, deps } = face
  const { db } = deps
  const addition = additionPage(face)
  const removal = removalPage(face)

  pages.get('/contacts/bulk', may('change'), async (req, res) => {
    await showChoice(res, await selectionOf(req), readAction(req.query), [])
  })

  pages.get('/contacts/bulk/check', may('change'), async (req, res) => {
    const selection = await selectionOf(req)
    const asked = readAction(req.query)
    if (asked.action === 'invite') return res.redirect(303, `${INVITATIONS}/contacts?s=${selection}`)
    const portals = await chosenOf(asked)
    if (portals.length === 0) {
      return showChoice(res.status(422), selection, asked, [{ field: 'portal', message: 'Select at least one portal' }])
    }
    await (asked.action === 'add' ? addition : removal).show(res, { selection, portals })
  })

  pages.post('/contacts/bulk', may('change'), async (req, res) => {
    const selection = await selectionOf(req)
    const asked = readAction(req.body)
    const step = { selection, portals: await chosenOf(asked) }
    await (asked.action === 'remove' ? removal : addition).save(req, res, step)
  })

  async function selectionOf(req: Request): Promise<string> {
    const handle = await ownSelection(db, staffOf(req), text(req.query, 's') || text(req.body, 's'))
    if (!handle) throw SELECTION_GONE
    return handle
  }

  /** The chosen portals that exist; an id of anything else is left out. */
  async function chosenOf({ portalIds }: BulkAction): Promise<Portal[]> {
    return (await sharedPortals(db)).filter(portal => portalIds.includes(portal.id))
  }

  async function showChoice(res: Response, selection: string, asked: BulkAction, errors: FieldError[]): Promise<void> {
    const selected = await countSelected(db, selection)
    res.page('staff/bulk/choose', {
      title: `Bulk Actions for ${count(selected, 'contact')}`,
      nav: 'contacts',
      errors,
      selection,
      asked,
      portals: await sharedPortals(db),
      steps: STEPS,
      step: 2,
      crumbs: [['Contacts', `/staff/contacts?s=${selection}`]],
      crumb: 'Bulk Actions',
    })
  }
}

/** Portals come as ticks from the first page, and as one list from the second. */
function readAction(fields: unknown): BulkAction {
  const listed = ids({ portal: text(fields, 'portals', 5000).split(',') }, 'portal')
  return {
    action: oneOf(fields, 'action', ['add', 'remove', 'invite']),
    portalIds: [...new Set([...ids(fields, 'portal'), ...listed])],
  }
}

/** The names of these portals, in the order of the list. */
export function namesOf(portals: Portal[], portalIds: number[]): string[] {
  return portals.filter(portal => portalIds.includes(portal.id)).map(portal => portal.name)
}

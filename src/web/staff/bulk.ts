import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { changePortals } from '../../core/access/grants.ts'
import { contactsWithoutLogin, planPortals, type PortalChange, type PortalPlan } from '../../core/access/plan.ts'
import { countSelected, ownSelection } from '../../core/contacts/selection.ts'
import { sharedPortals, type Portal } from '../../core/portals/portals.ts'
import { ids, oneOf, text, type FieldError } from '../shared/forms.ts'
import { count } from '../shared/words.ts'
import { SELECTION_GONE } from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const NAMED_AT_MOST = 20
const STEPS = ['Choose contacts', 'Choose portals', 'Check and save']

/** A journey that only reads until its last press: choose portals, see what will happen, save. */
export function bulkPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/contacts/bulk', may('change'), async (req, res) => {
    await showChoice(res, await selectionOf(req), readChange(req.query), [])
  })

  pages.get('/contacts/bulk/check', may('change'), async (req, res) => {
    const selection = await selectionOf(req)
    const change = await knownChange(readChange(req.query))
    if (change.portalIds.length === 0) {
      return showChoice(res.status(422), selection, change, [
        { field: 'portal', message: 'Select at least one portal' },
      ])
    }
    await showPlan(res, selection, change, await planPortals(db, selection, change))
  })

  pages.post('/contacts/bulk', may('change'), async (req, res) => {
    const selection = await selectionOf(req)
    const change = await knownChange(readChange(req.body))
    const request = {
      selection,
      change,
      seen: readPlan(req.body),
      formKey: text(req.body, 'form_key', 50) || randomUUID(),
    }
    const done = await changePortals(db, staffOf(req), request, now())
    if (done.ok) return res.redirect(303, `/staff/batches/${String(done.value)}`)
    const plan = done.error.kind === 'changed-meanwhile' ? done.error.plan : await planPortals(db, selection, change)
    await showPlan(res.status(409), selection, change, plan, done.error.kind)
  })

  async function selectionOf(req: Request): Promise<string> {
    const handle = await ownSelection(db, staffOf(req), text(req.query, 's') || text(req.body, 's'))
    if (!handle) throw SELECTION_GONE
    return handle
  }

  /** The change over portals that exist; an id of anything else is left out. */
  async function knownChange(change: PortalChange): Promise<PortalChange> {
    const known = await sharedPortals(db)
    return { ...change, portalIds: change.portalIds.filter(id => known.some(portal => portal.id === id)) }
  }

  async function showChoice(
    res: Response,
    selection: string,
    change: PortalChange,
    errors: FieldError[],
  ): Promise<void> {
    const selected = await countSelected(db, selection)
    res.page('staff/bulk/choose', {
      title: `Bulk Actions for ${count(selected, 'contact')}`,
      nav: 'contacts',
      errors,
      selection,
      change,
      portals: await sharedPortals(db),
      steps: STEPS,
      step: 2,
      crumbs: [['Contacts', `/staff/contacts?s=${selection}`]],
      crumb: 'Bulk Actions',
    })
  }

  async function showPlan(
    res: Response,
    selection: string,
    change: PortalChange,
    plan: PortalPlan,
    refusal = '',
  ): Promise<void> {
    res.page('staff/bulk/check', {
      title: `Check before you ${change.action === 'add' ? 'add portals to' : 'remove portals from'} ${count(plan.selected, 'contact')}`,
      nav: 'contacts',
      selection,
      change,
      plan,
      refusal,
      portalNames: namesOf(await sharedPortals(db), change.portalIds),
      without: plan.withoutLogin > 0 ? await contactsWithoutLogin(db, selection, NAMED_AT_MOST) : [],
      formKey: randomUUID(),
      steps: STEPS,
      step: 3,
      crumbs: [
        ['Contacts', `/staff/contacts?s=${selection}`],
        ['Bulk Actions', `/staff/contacts/bulk?s=${selection}`],
      ],
      crumb: 'Check and save',
    })
  }
}

/** Portals come as ticks from the first page, and as one list from the second. */
function readChange(fields: unknown): PortalChange {
  const listed = ids({ portal: text(fields, 'portals', 5000).split(',') }, 'portal')
  return {
    action: oneOf(fields, 'action', ['add', 'remove']),
    portalIds: [...new Set([...ids(fields, 'portal'), ...listed])],
  }
}

/** The counts that the page showed; anything else reads as a plan that no selection has. */
function readPlan(body: unknown): PortalPlan {
  const [selected = -1, changing = -1, unchanged = -1, withoutLogin = -1] = text(body, 'seen', 100)
    .split(',')
    .map(Number)
  return { selected, changing, unchanged, withoutLogin }
}

/** The names of these portals, in the order of the list. */
export function namesOf(portals: Portal[], portalIds: number[]): string[] {
  return portals.filter(portal => portalIds.includes(portal.id)).map(portal => portal.name)
}

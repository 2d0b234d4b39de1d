import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { removePortals } from '../../core/access/grants.ts'
import { contactsWithoutLogin, planRemoval, type RemovalPlan } from '../../core/access/plan.ts'
import { text } from '../shared/forms.ts'
import { count } from '../shared/words.ts'
import { checkLocals, type BulkStep } from './bulk-step.ts'
import type { StaffPages } from './face.ts'
import { staffOf } from './guard.ts'

const NAMED_AT_MOST = 20

/** Taking shared portals from the selected contacts: who loses access, and who has none to lose. */
export function removalPage({ deps }: StaffPages) {
  const { db, now } = deps

  async function show(res: Response, step: BulkStep, newer: RemovalPlan | null = null, refusal = ''): Promise<void> {
    const { selection, portals } = step
    const portalIds = portals.map(portal => portal.id)
    const plan = newer ?? (await planRemoval(db, selection, portalIds))
    res.page('staff/bulk/remove', {
      ...checkLocals(step, 'remove'),
      title: `Check before you remove portals from ${count(plan.selected, 'contact')}`,
      plan,
      refusal,
      without: plan.withoutLogin > 0 ? await contactsWithoutLogin(db, selection, NAMED_AT_MOST) : [],
      formKey: randomUUID(),
    })
  }

  async function save(req: Request, res: Response, step: BulkStep): Promise<void> {
    const { selection, portals } = step
    const portalIds = portals.map(portal => portal.id)
    const formKey = text(req.body, 'form_key', 50) || randomUUID()
    const request = { selection, portalIds, seen: readPlan(req.body), formKey }
    const done = await removePortals(db, staffOf(req), request, now())
    if (done.ok) return res.redirect(303, `/staff/batches/${String(done.value)}`)
    const plan = done.error.kind === 'changed-meanwhile' ? done.error.plan : null
    await show(res.status(409), step, plan, done.error.kind)
  }

  return { show, save }
}

/** The counts that the page showed; anything else reads as a plan that no selection has. */
function readPlan(body: unknown): RemovalPlan {
  const [selected = -1, changing = -1, unchanged = -1, withoutLogin = -1] = text(body, 'seen', 100)
    .split(',')
    .map(Number)
  return { selected, changing, unchanged, withoutLogin }
}

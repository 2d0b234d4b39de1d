import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { addPortals } from '../../core/access/grants.ts'
import { namedGroups, planInvitations, type Plan } from '../../core/invitations/plan.ts'
import type { PlanGroup } from '../../core/invitations/plan-groups.ts'
import { ids, text, texts } from '../shared/forms.ts'
import { count } from '../shared/words.ts'
import { checkLocals, type BulkStep } from './bulk-step.ts'
import { groupWords } from './bulk-words.ts'
import type { StaffPages } from './face.ts'
import { staffOf } from './guard.ts'

const NAMED_AT_MOST = 100
const TO_TICK: PlanGroup[] = ['access-now', 'invite']

/** Giving shared portals to the selected contacts: who gets them now, who is invited, and who is left as they are. */
export function additionPage({ deps }: StaffPages) {
  const { db, now } = deps

  async function show(res: Response, step: BulkStep, refusal = ''): Promise<void> {
    const { selection, portals } = step
    const target = { by: 'add' as const, portalIds: portals.map(portal => portal.id) }
    const plan = await planInvitations(db, selection, target, now())
    const named = await namedGroups(db, { selection, target, plan }, NAMED_AT_MOST, now())
    const groups = named.map(one => ({
      ...one,
      isToTick: TO_TICK.includes(one.group),
      words: groupWords(one.group, portals.length),
    }))
    res.page('staff/bulk/add', {
      ...checkLocals(step, 'add'),
      title: `Check before you add portals to ${count(plan.selected, 'contact')}`,
      plan,
      groups,
      refusal,
      saveWords: saveWords(plan, portals.length),
      switchedOff: portals.filter(portal => !portal.enabled).map(portal => portal.name),
      formKey: randomUUID(),
    })
  }

  async function save(req: Request, res: Response, step: BulkStep): Promise<void> {
    const { selection, portals } = step
    const request = {
      selection,
      portalIds: portals.map(portal => portal.id),
      seen: text(req.body, 'seen', 500),
      formKey: text(req.body, 'form_key', 50) || randomUUID(),
      leftOut: readLeftOut(req.body),
    }
    const done = await addPortals(db, deps, staffOf(req), request, now())
    if (done.ok) return res.redirect(303, `/staff/batches/${String(done.value)}`)
    await show(res.status(409), step, done.error.kind)
  }

  return { show, save }
}

/** What was unticked: whole groups, and contacts that stood on the page. */
function readLeftOut(body: unknown): { groups: PlanGroup[]; contactIds: number[] } {
  const groups = texts(body, 'group')
  const ticked = ids(body, 'contact')
  const shown = ids({ id: text(body, 'shown', 5000).split(',') }, 'id')
  return {
    groups: TO_TICK.filter(group => !groups.includes(group)),
    contactIds: shown.filter(id => !ticked.includes(id)),
  }
}

/** "Save: add portals to 9 contacts, invite 7 contacts". */
function saveWords({ counts }: Plan, portals: number): string {
  const now = counts['access-now']
  const add = now > 0 ? `add ${portals === 1 ? 'portal' : 'portals'} to ${count(now, 'contact')}` : ''
  const invite = counts.invite > 0 ? `invite ${count(counts.invite, 'contact')}` : ''
  return `Save: ${[add, invite].filter(Boolean).join(', ')}`
}

import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { countSelected, ownSelection } from '../../core/contacts/selection.ts'
import { inviteContacts } from '../../core/invitations/bulk.ts'
import { bulkPermissions } from '../../core/invitations/bulk-write.ts'
import { namedGroups, planInvitations, type Plan } from '../../core/invitations/plan.ts'
import { sampleInvitation } from '../../core/invitations/preview.ts'
import { INVITATION_LENGTHS } from '../../core/invitations/rows.ts'
import { sharedPortals, type Portal } from '../../core/portals/portals.ts'
import { text, type FieldError } from '../shared/forms.ts'
import { count } from '../shared/words.ts'
import { groupWords } from './bulk-words.ts'
import { SELECTION_GONE } from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import {
  choiceWords,
  IMPORT_CENTER,
  INVITATIONS,
  messageMistakes,
  readReport,
  stepAddress,
  type ReportQuery,
} from './import-center-query.ts'
import { permissionWords } from './permissions.ts'

const NAMED_AT_MOST = 20
const GONE = { field: 'choice', message: 'Choose a portal that is in the list' }

/** Inviting the ticked contacts: to which portal, what will happen, and the press that does it. */
export function importCenterSendPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/import-center/invitations/contacts', may('change'), async (req, res) => {
    await showChoice(res, await selectionOf(req), readReport(req.query, {}), [])
  })

  pages.get('/import-center/invitations/check', may('change'), async (req, res) => {
    const selection = await selectionOf(req)
    const report = readReport(req.query, {})
    const wrong = await mistakesOf(report)
    if (wrong.length > 0) return showChoice(res.status(422), selection, report, wrong)
    await showPlan(req, res, selection, report)
  })

  pages.post('/import-center/invitations', may('change'), async (req, res) => {
    const selection = await selectionOf(req)
    const report = readReport({}, req.body)
    const wrong = await mistakesOf(report)
    if (wrong.length > 0) return showChoice(res.status(422), selection, report, wrong)
    const request = {
      selection,
      choice: report.choice,
      seen: text(req.body, 'seen', 500),
      formKey: text(req.body, 'form_key', 50) || randomUUID(),
      leftOut: { groups: [], contactIds: [] },
      message: report.message || null,
    }
    const done = await inviteContacts(db, deps, staffOf(req), request, now())
    if (done.ok) return res.redirect(303, `/staff/batches/${String(done.value)}`)
    await showPlan(req, res.status(409), selection, report, done.error)
  })

  async function selectionOf(req: Request): Promise<string> {
    const handle = await ownSelection(db, staffOf(req), text(req.query, 's') || text(req.body, 's'))
    if (!handle) throw SELECTION_GONE
    return handle
  }

  async function mistakesOf(report: ReportQuery): Promise<FieldError[]> {
    const isKnown = choiceWords(report.choice, await sharedPortals(db)) !== null
    return [...(isKnown ? [] : [GONE]), ...messageMistakes(report)]
  }

  async function showChoice(
    res: Response,
    selection: string,
    report: ReportQuery,
    errors: FieldError[],
  ): Promise<void> {
    res.page('staff/import-center/choose', {
      title: `Send invitations to ${count(await countSelected(db, selection), 'contact')}`,
      nav: 'contacts',
      crumbs: [
        ['Contacts', `/staff/contacts?s=${selection}`],
        ['Bulk Actions', `/staff/contacts/bulk?s=${selection}`],
      ],
      crumb: 'Send invitations',
      errors,
      selection,
      report,
      portals: await sharedPortals(db),
      most: INVITATION_LENGTHS.message,
    })
  }

  async function showPlan(
    req: Request,
    res: Response,
    selection: string,
    report: ReportQuery,
    refusal: { kind: string; plan: Plan | null } = { kind: '', plan: null },
  ): Promise<void> {
    const target = { by: 'invite' as const, choice: report.choice }
    const plan = refusal.plan ?? (await planInvitations(db, selection, target, now()))
    const groups = await namedGroups(db, { selection, target, plan }, NAMED_AT_MOST, now())
    const first = groups.find(one => one.group === 'invite')?.contacts[0]
    const message = report.message || null
    const portals = await sharedPortals(db)
    res.page('staff/import-center/check', {
      title: `Send ${count(plan.counts.invite, 'invitation')}?`,
      ...wayBack(req, selection, report),
      crumb: 'Check and send',
      selection,
      report,
      plan,
      groups: groups.map(one => ({ ...one, words: groupWords(one.group) })),
      refusal: refusal.kind,
      portalName: choiceWords(report.choice, portals),
      isOff: isOff(portals, report),
      may: permissionWords(await bulkPermissions(db)),
      sample: first ? await sampleInvitation(db, deps, staffOf(req), first, { choice: report.choice, message }) : null,
      action: INVITATIONS,
      formKey: randomUUID(),
    })
  }
}

function isOff(portals: Portal[], { choice }: ReportQuery): boolean {
  return portals.some(portal => portal.id === choice && !portal.enabled)
}

/** Whoever came from the contacts goes back there, others to the report. */
function wayBack(req: Request, selection: string, report: ReportQuery) {
  const contacts = `/staff/contacts?s=${selection}`
  if ((text(req.query, 'from') || text(req.body, 'from')) === 'contacts')
    return { nav: 'contacts', from: 'contacts', back: contacts, crumbs: [['Contacts', contacts]] }
  const list = stepAddress('', selection, report)
  const crumbs = [
    ['Settings', '/staff/settings'],
    ['Import Center', IMPORT_CENTER],
    ['Invitations', list],
  ]
  return { nav: 'settings', from: '', back: list, crumbs }
}

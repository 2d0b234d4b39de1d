import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { ALL_CONTACTS, type ContactFilter } from '../../core/contacts/filter.ts'
import { countContacts } from '../../core/contacts/queries.ts'
import { selectMatching } from '../../core/contacts/selection.ts'
import { lapsesOf, type Lapse } from '../../core/invitations/lapses.ts'
import { INVITATION_LENGTHS } from '../../core/invitations/rows.ts'
import { sharedPortals } from '../../core/portals/portals.ts'
import { text } from '../shared/forms.ts'
import { datesIn } from '../shared/words.ts'
import { contactListForm, type ContactListLocals } from './contact-list.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { importCenterSendPages } from './import-center-send.ts'
import {
  choiceWords,
  IMPORT_CENTER,
  INVITATIONS,
  messageMistakes,
  readReport,
  reportParams,
  stepAddress,
  type ReportBlock,
  type ReportQuery,
} from './import-center-query.ts'

/** The Import Center: what brings people in, and the report of everybody who has not been invited yet. */
export function importCenterPages(face: StaffPages): void {
  const { pages, deps } = face
  const { db, now } = deps

  pages.get('/import-center', may('see'), (req, res) => {
    res.page('staff/import-center/home', {
      title: 'Import Center',
      nav: 'settings',
      crumbs: [['Settings', '/staff/settings']],
      mayImport: staffMay(staffOf(req), 'import'),
    })
  })

  const list = contactListForm(deps, {
    path: INVITATIONS,
    also: req => reportParams(readReport(req.query, req.body)),
    within: req => within(readReport(req.query, req.body)),
    acts: { send: (req, selection) => stepAddress('/check', selection, readReport(req.query, req.body)) },
    nothingTicked: 'Select at least one contact, then choose Send Invitation',
    mistakes: req => messageMistakes(readReport(req.query, req.body)),
    draw: showReport,
  })

  // Running the report ticks everybody in it, as they are at that moment; only then is there a list.
  pages.post('/import-center/invitations/report', may('see'), async (req, res) => {
    const report = { ...readReport({}, req.body), block: 'new' as const }
    const everybody = { ...ALL_CONTACTS, ...within(report) }
    const selection = await selectMatching(db, staffOf(req), null, everybody, now())
    res.redirect(303, stepAddress('', selection, report))
  })

  pages.get('/import-center/invitations', may('see'), async (req, res) => {
    if (text(req.query, 's')) return list.show(req, res, [])
    res.page('staff/import-center/start', {
      ...place,
      title: 'Invite all clients to the portal',
      report: readReport(req.query, {}),
      portals: await sharedPortals(db),
    })
  })

  pages.post('/import-center/invitations/list', may('see'), list.post)

  importCenterSendPages(face)

  function within({ choice, block }: ReportQuery): Pick<ContactFilter, 'standing' | 'archived'> {
    const standings = block === 'before' ? (['lapsed'] as const) : (['not-invited'] as const)
    return { standing: { choice, standings, at: now() }, archived: false }
  }

  async function showReport(req: Request, res: Response, shown: ContactListLocals): Promise<void> {
    const report = readReport(req.query, req.body)
    const inBlock = (block: ReportBlock): Promise<number> =>
      countContacts(db, { ...ALL_CONTACTS, ...within({ ...report, block }) })
    const portals = await sharedPortals(db)
    const [fresh, before, withoutEmail] = await Promise.all([
      inBlock('new'),
      inBlock('before'),
      countContacts(db, { ...ALL_CONTACTS, email: 'none' }),
    ])
    const ids = report.block === 'before' ? shown.rows.map(row => row.id) : []
    const lapses = await lapsesOf(db, report.choice, ids, now())
    res.page('staff/import-center/report', {
      ...shown,
      ...place,
      title: 'Invite all clients to the portal',
      tabTitle: `Invite all clients to the portal${shown.tabEnd}`,
      report,
      portals,
      portalName: choiceWords(report.choice, portals) ?? 'A portal that is gone now',
      fresh,
      before,
      withoutEmail,
      lapses:
        report.block === 'before' ? new Map([...lapses].map(([id, lapse]) => [id, lapseWords(res, lapse)])) : null,
      most: INVITATION_LENGTHS.message,
      mayChange: staffMay(staffOf(req), 'change'),
    })
  }
}

const place = {
  nav: 'settings',
  crumbs: [
    ['Settings', '/staff/settings'],
    ['Import Center', IMPORT_CENTER],
  ],
  crumb: 'Invitations',
}

const LAPSED: Record<Lapse['kind'], string> = {
  expired: 'Invitation expired on',
  cancelled: 'Invitation was cancelled on',
  'access-removed': 'Access was removed on',
}

function lapseWords(res: Response, { kind, at }: Lapse): string {
  return `${LAPSED[kind]} ${datesIn(res.office.timeZone).day(at)}`
}

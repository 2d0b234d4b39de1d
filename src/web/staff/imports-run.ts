import type { Request, Response } from 'express'
import { SETTLED, type Import } from '../../core/imports/records.ts'
import { rowsToFixCsv, rowsToFixWorkbook } from '../../core/imports/rows-to-fix.ts'
import { detailsOf, sendHeldDetails } from '../../core/imports/steps.ts'
import type { Deps } from '../shared/deps.ts'
import { redirectSaying } from '../shared/page.ts'
import { readPage } from '../shared/paging.ts'
import { count, datesIn, number } from '../shared/words.ts'
import { sendFile } from './downloads.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { showCheck, shownNotes, shownProblems } from './imports-check.ts'
import { changedImport, importOfEitherKind, pathOf, shownImport } from './imports-own.ts'
import { problemText } from './imports-problems.ts'
import { lookAgain } from './imports-look.ts'
import { failureWords, namesWords, stateWords } from './imports-words.ts'

const REFRESH_SECONDS = 10
const CRUMBS: [string, string][] = [['Imports', '/staff/imports']]

/** An import on its way and after its end. */
export function runPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/imports/:id', may('import'), async (req, res) => {
    const any = await importOfEitherKind(db, req)
    if (any.kind === 'portal_users') return res.redirect(303, pathOf(any))
    const { id } = any
    await lookAgain(deps, req, res, id)
    const found = await shownImport(db, req)
    if (found.state === 'uploaded') return res.redirect(303, `${pathOf(found)}/columns`)
    if (found.state === 'ready') return showCheck(req, res, deps, found)
    if (SETTLED.includes(found.state)) return showResult(req, res, deps, found)
    showProgress(req, res, deps, found)
  })

  pages.get('/imports/:id/progress', may('import'), async (req, res) => {
    const found = await shownImport(db, req)
    const finished = SETTLED.includes(found.state)
    res.set('Cache-Control', 'no-store')
    res.json({
      done: doneRows(found),
      total: found.totalRows,
      text: progressWords(found, res, now()),
      finished,
      href: pathOf(found),
    })
  })

  pages.get('/imports/:id/rows-to-fix.csv', may('import'), async (req, res) => {
    const found = await shownImport(db, req)
    await sendFile(res, deps, `rows-to-fix-${String(found.id)}.csv`, rowsToFixCsv(db, found, problemText))
  })

  pages.get('/imports/:id/rows-to-fix.xlsx', may('import'), async (req, res) => {
    const found = await shownImport(db, req)
    await sendFile(res, deps, `rows-to-fix-${String(found.id)}.xlsx`, rowsToFixWorkbook(db, found, problemText))
  })

  pages.post('/imports/:id/details', may('import'), async (req, res) => {
    const found = await changedImport(db, req)
    if (!SETTLED.includes(found.state)) return res.redirect(303, pathOf(found))
    const sent = await sendHeldDetails(db, deps.config, staffOf(req), found, now())
    deps.wakeWorker()
    const message = `Sign-in details for ${count(sent, 'person', 'people')} are in the outbox.`
    await redirectSaying(req, res, pathOf(found), message)
  })
}

function showProgress(req: Request, res: Response, { now }: Deps, found: Import): void {
  const auto = req.query.auto === 'on'
  if (auto) res.set('Refresh', String(REFRESH_SECONDS))
  const checking = found.state === 'validating'
  res.page('staff/imports/progress', {
    title: `${checking ? 'Checking' : 'Importing'} ${found.filename}`,
    tabTitle: `${stateWords(found)}: ${number(doneRows(found))} rows done – ${found.filename}`,
    crumb: found.filename,
    nav: 'imports',
    crumbs: CRUMBS,
    path: pathOf(found),
    done: doneRows(found),
    total: found.totalRows,
    sentence: progressWords(found, res, now()),
    checking,
    auto,
    seconds: REFRESH_SECONDS,
  })
}

async function showResult(req: Request, res: Response, { db }: Deps, found: Import): Promise<void> {
  res.page('staff/imports/result', {
    title: resultTitle(found),
    tabTitle: `${resultTitle(found)} – ${found.filename}`,
    crumb: found.filename,
    nav: 'imports',
    crumbs: CRUMBS,
    path: pathOf(found),
    found,
    done: doneRows(found),
    stoppedAfter: stoppedAfter(found),
    why: found.failure ? failureWords(found.failure) : '',
    problems: await shownProblems(db, found, readPage(req.query.page)),
    notes: await shownNotes(db, found),
    withoutEmail: namesWords(found.findings.withoutEmail),
    details: await detailsOf(db, found),
    emailTicked: found.options.email,
  })
}

function resultTitle({ state, counts }: Import): string {
  if (state === 'failed_validation') return 'This file could not be checked'
  if (state === 'failed') return 'The import was stopped by a problem'
  if (state === 'cancelled') return 'The import was stopped'
  return counts.failed > 0 ? `Import finished: ${count(counts.failed, 'row')} to fix` : 'Import finished'
}

/** The last row that was done when a run stopped before its end, or 0. */
function stoppedAfter({ state, startedAt, lastRow }: Import): number {
  return startedAt !== null && ['cancelled', 'failed'].includes(state) ? lastRow : 0
}

function doneRows({ counts }: Import): number {
  return counts.created + counts.updated + counts.unchanged + counts.failed
}

function progressWords(found: Import, { office }: Response, now: number): string {
  const at = datesIn(office.timeZone).clock(now)
  if (found.state === 'validating') return `${count(doneRows(found), 'row')} checked at ${at}.`
  const waiting = found.state === 'queued' ? ' It begins as soon as another import has finished.' : ''
  return `${number(doneRows(found))} of ${count(found.totalRows, 'row')} done at ${at}.${waiting}`
}

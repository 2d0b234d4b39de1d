import type { Request, RequestHandler, Response } from 'express'
import { SETTLED, waitForImport, type Import } from '../../core/imports/records.ts'
import { seenMark } from '../../core/imports/seen-mark.ts'
import { cancelImport } from '../../core/imports/steps.ts'
import { firstProblems } from '../../core/imports/user-log.ts'
import { mostSheetRows, SHEET_COLUMNS } from '../../core/imports/user-sheet.ts'
import { confirmUserImport, startUserImport, type SheetRefusal } from '../../core/imports/user-start.ts'
import { recordTemplate, userSheetToFix, userTemplate } from '../../core/imports/user-workbook.ts'
import { refused, type Result } from '../../core/result.ts'
import { looksLikeToken, newToken } from '../../core/secrets.ts'
import { rawText } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { uploads, type UploadedFile } from '../shared/uploads.ts'
import { count } from '../shared/words.ts'
import { sendFile } from './downloads.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { changedImport, pathOf, shownImport } from './imports-own.ts'
import { lookAgain } from './imports-look.ts'
import { failureWords, type FileRefusal } from './imports-words.ts'
import { cellAdvice, cellColumn, sheetRefusalWords } from './portal-user-import-words.ts'

const WAITS_MS = 2500
const PROBLEMS_SHOWN = 50
const HOME = '/staff/portal-users/import'
const CHANGED = {
  field: 'facts',
  message: 'People were added or changed since you looked, so nothing was imported. Look at what it would do now',
}
const CRUMBS = [
  ['Settings', '/staff/settings'],
  ['Portal Access', '/staff/portal-users'],
]

/** Import Portal Users: a template to download, fill in and upload, and what became of it. */
export function portalUserImportPages({ pages, deps, tokens }: StaffPages): void {
  const { db, config, now } = deps
  const limits = { megabytes: config.importMegabytes, rows: mostSheetRows(config) }
  const upload = uploads(deps, limits.megabytes)

  pages.get('/portal-users/import', may('import'), (_req, res) => showForm(res, null))

  pages.get('/portal-users/import/template.xlsx', mayDownload, async (req, res) => {
    const existing = withPeople(req)
    if (existing) await recordTemplate(db, staffOf(req), now())
    await sendFile(res, deps, 'portal-users.xlsx', userTemplate(db, existing))
  })

  pages.post('/portal-users/import', may('import'), async (req, res) => {
    const taken = await upload.withFile(req, res, file => take(req, file))
    if (taken.ok) return res.redirect(303, `/staff/portal-users/imports/${String(taken.value)}`)
    showForm(res.status(taken.error === 'too-big' ? 413 : 422), taken.error)
  })

  pages.get('/portal-users/imports/:id', may('import'), async (req, res) => {
    const { id } = await shownImport(db, req, 'portal_users')
    await lookAgain(deps, req, res, id)
    const found = await shownImport(db, req, 'portal_users')
    if (found.state === 'ready') return showCheck(res, found)
    return showResult(res, found)
  })

  pages.post('/portal-users/imports/:id/confirm', may('import'), async (req, res) => {
    const found = await changedImport(db, req, 'portal_users')
    const confirmed = await confirmUserImport(db, staffOf(req), found, rawText(req.body, 'mark'), now())
    if (!confirmed.ok && confirmed.error === 'checked-again')
      return showCheck(res.status(409), await changedImport(db, req, 'portal_users'), [CHANGED])
    deps.wakeWorker()
    await waitForImport(db, found.id, WAITS_MS)
    res.redirect(303, pathOf(found))
  })

  pages.post('/portal-users/imports/:id/cancel', may('import'), async (req, res) => {
    const found = await changedImport(db, req, 'portal_users')
    const cancelled = await cancelImport(db, config, staffOf(req), found, now())
    if (!cancelled.ok) return res.redirect(303, pathOf(found))
    await redirectSaying(req, res, HOME, `The import of ${found.filename} was cancelled. Nothing was imported.`)
  })

  pages.get('/portal-users/imports/:id/to-fix.xlsx', may('import'), async (req, res) => {
    const found = await shownImport(db, req, 'portal_users')
    if (found.state !== 'failed_validation' || found.fileKey === null) return res.redirect(303, pathOf(found))
    await sendFile(res, deps, 'portal-users-to-fix.xlsx', userSheetToFix(db, config, found, cellAdvice))
  })

  async function take(
    req: Request,
    file: UploadedFile | null | 'too-big',
  ): Promise<Result<number, SheetRefusal | FileRefusal>> {
    if (file === 'too-big') return refused('too-big')
    tokens.check(req)
    if (!file) return refused('missing')
    const given = rawText(req.body, 'formKey')
    const formKey = looksLikeToken(given) ? given : newToken()
    return startUserImport(db, config, staffOf(req), { ...file, formKey }, now())
  }

  function showForm(res: Response, refusal: SheetRefusal | FileRefusal | null): void {
    res.page('staff/portal-user-import/new', {
      title: 'Import Portal Users',
      nav: 'settings',
      crumbs: CRUMBS,
      errors: refusal ? [{ field: 'file', message: sheetRefusalWords(refusal, limits) }] : [],
      formKey: newToken(),
      limits,
      columns: SHEET_COLUMNS,
    })
  }

  function showCheck(res: Response, found: Import, errors = found.startedAt === null ? [] : [CHANGED]): void {
    res.page('staff/portal-user-import/check', {
      title: `Import ${count(found.totalRows, 'row')} of portal users?`,
      nav: 'settings',
      crumbs: [...CRUMBS, ['Import Portal Users', HOME]],
      errors,
      found,
      path: pathOf(found),
      mark: seenMark(found),
    })
  }

  async function showResult(res: Response, found: Import): Promise<void> {
    const rows = await firstProblems(db, found.id, PROBLEMS_SHOWN)
    const title = titleOf(found)
    res.page('staff/portal-user-import/result', {
      title,
      tabTitle: `${title} – ${found.filename}`,
      nav: 'settings',
      crumbs: [...CRUMBS, ['Import Portal Users', HOME]],
      found,
      path: pathOf(found),
      underWay: !SETTLED.includes(found.state),
      why: found.state === 'failed' && found.failure ? failureWords(found.failure) : '',
      lines: rows.flatMap(row =>
        row.problems.map(problem => ({ ...row, column: cellColumn(problem), advice: cellAdvice(problem) })),
      ),
      rows: rows.length,
    })
  }
}

/** A blank template is for everybody of the office; the people in one are for those who may import. */
const mayDownload: RequestHandler = (req, res, next) => may(withPeople(req) ? 'import' : 'see')(req, res, next)

function withPeople(req: Request): boolean {
  return req.query.existing === 'yes'
}

function titleOf({ state, counts }: Import): string {
  if (state === 'completed') return 'Portal users imported'
  if (state === 'failed_validation') return `Failed validation: ${count(counts.failed, 'row')} to fix`
  if (state === 'cancelled') return 'The import was cancelled'
  return state === 'failed' ? 'The import was stopped by a problem' : 'Importing portal users'
}

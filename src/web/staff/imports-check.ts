import type { Request, Response } from 'express'
import { importOfSameFile, SETTLED, waitForImport, type Import } from '../../core/imports/records.ts'
import { loggedRows } from '../../core/imports/row-log.ts'
import { seenMark } from '../../core/imports/seen-mark.ts'
import { cancelImport, confirmImport } from '../../core/imports/steps.ts'
import type { Db } from '../../db/index.ts'
import type { Deps } from '../shared/deps.ts'
import { text, ticked, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { changedImport, pathOf, STEPS } from './imports-own.ts'
import { adviceFor, columnOf, givenIn } from './imports-problems.ts'
import { changeWords, namesWords, stateWords } from './imports-words.ts'

const RUN_WAITS_MS = 2500
const PROBLEMS_A_PAGE = 50
const CHANGES_SHOWN = 10

/** What people answer on the check page. */
export function checkPages({ pages, deps }: StaffPages): void {
  const { db, config, now } = deps

  pages.post('/imports/:id/confirm', may('import'), async (req, res) => {
    const found = await changedImport(db, req)
    const email = ticked(req.body, 'email')
    const again = ticked(req.body, 'again')
    const mark = text(req.body, 'mark')
    const confirmed = await confirmImport(db, staffOf(req), found, { email, again, mark }, now())
    if (!confirmed.ok && confirmed.error === 'checked-again') {
      const message = 'This import was checked again since you looked. Look at what it would do now'
      return showCheck(req, res.status(409), deps, await changedImport(db, req), [{ field: 'facts', message }])
    }
    if (!confirmed.ok && confirmed.error === 'same-file') {
      const message = 'Tick “Import it again” to import the same file a second time'
      return showCheck(req, res.status(422), deps, { ...found, options: { ...found.options, email } }, [
        { field: 'again', message },
      ])
    }
    deps.wakeWorker()
    await waitForImport(db, found.id, RUN_WAITS_MS)
    res.redirect(303, pathOf(found))
  })

  pages.post('/imports/:id/cancel', may('import'), async (req, res) => {
    const found = await changedImport(db, req)
    const cancelled = await cancelImport(db, config, staffOf(req), found, now())
    if (!cancelled.ok) return res.redirect(303, pathOf(found))
    if (found.startedAt === null)
      return redirectSaying(
        req,
        res,
        '/staff/imports',
        `The import of ${found.filename} was cancelled. Nothing was imported.`,
      )
    res.redirect(303, pathOf(found))
  })
}

/** What an import would do, before it does anything. */
export async function showCheck(
  req: Request,
  res: Response,
  { db, config }: Deps,
  found: Import,
  errors: FieldError[] = [],
): Promise<void> {
  const { counts, totalRows } = found
  const good = totalRows - counts.failed
  const same = await importOfSameFile(db, found)
  const changes = await loggedRows(db, found.id, 'changes', 1, CHANGES_SHOWN)
  res.page('staff/imports/check', {
    title: `Check ${count(totalRows, 'row')} before importing`,
    tabTitle: `Check – ${found.filename}`,
    nav: 'imports',
    steps: STEPS,
    step: 3,
    errors,
    found,
    path: pathOf(found),
    good,
    button: counts.failed > 0 ? `Import the ${count(good, 'good row')}` : `Import ${count(good, 'row')}`,
    same: same && { ...same, word: stateWords(same).toLowerCase(), running: !SETTLED.includes(same.state) },
    mark: seenMark(found),
    newCompanies: namesWords(found.findings.newCompanies),
    changes: changes.map(row => ({ ...row, words: row.changes.map(changeWords) })),
    notes: await shownNotes(db, found),
    problems: await shownProblems(db, found, readPage(req.query.page)),
    noServer: config.smtpUrl === null,
  })
}

/** One page of the rows that cannot be imported, a line for each problem. */
export async function shownProblems(db: Db, found: Import, page: number) {
  const last = Math.max(1, Math.ceil(found.counts.failed / PROBLEMS_A_PAGE))
  const lie = paging(found.counts.failed, Math.min(page, last), PROBLEMS_A_PAGE)
  const rows = await loggedRows(db, found.id, 'problems', lie.page, PROBLEMS_A_PAGE)
  const lines = rows.flatMap(row =>
    row.problems.map(problem => ({
      ...line(row),
      column: columnOf(problem),
      given: givenIn(problem),
      advice: adviceFor(problem),
    })),
  )
  return { paging: lie, lines }
}

/** The first rows about which there is something to know that is no problem. */
export async function shownNotes(db: Db, { id }: Import) {
  const rows = await loggedRows(db, id, 'notes', 1, PROBLEMS_A_PAGE)
  return rows.flatMap(row => row.notes.map(note => ({ ...line(row), advice: adviceFor(note) })))
}

function line({ number, label }: { number: number; label: string }) {
  return { number, label }
}

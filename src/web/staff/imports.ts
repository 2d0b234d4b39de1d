import type { Request, Response } from 'express'
import { HEADINGS, FIELDS } from '../../core/imports/fields.ts'
import { countImports, importsPage } from '../../core/imports/records.ts'
import { startImport } from '../../core/imports/start.ts'
import { refused, type Result } from '../../core/result.ts'
import { looksLikeToken, newToken } from '../../core/secrets.ts'
import { rawText } from '../shared/forms.ts'
import { paging, readPage } from '../shared/paging.ts'
import { uploads, type UploadedFile } from '../shared/uploads.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { checkPages } from './imports-check.ts'
import { columnPages } from './imports-columns.ts'
import { pathOf, STEPS } from './imports-own.ts'
import { runPages } from './imports-run.ts'
import { refusalWords, stateWords, type FileRefusal } from './imports-words.ts'

/** Bringing contacts in from a file: choosing it, and the list of what was brought in before. */
export function importPages(face: StaffPages): void {
  const { pages, deps, tokens } = face
  const { db, config, now } = deps
  const upload = uploads(deps, config.importMegabytes)

  pages.get('/import-export', may('import'), (_req, res) => showForm(res, null))

  pages.post('/imports', may('import'), async (req, res) => {
    const taken = await upload.withFile(req, res, file => take(req, file))
    if (taken.ok) return res.redirect(303, `/staff/imports/${String(taken.value)}/columns`)
    showForm(res.status(taken.error === 'too-big' ? 413 : 422), taken.error)
  })

  pages.get('/imports', may('import'), async (req, res) => {
    const staff = staffOf(req)
    const lie = paging(await countImports(db, staff), readPage(req.query.page), staff.rowsPerPage)
    if (lie.page > lie.pages) return res.redirect(303, '/staff/imports')
    const imports = await importsPage(db, staff, lie.page, lie.perPage)
    res.page('staff/imports/list', {
      title: 'Imports',
      nav: 'imports',
      paging: lie,
      imports: imports.map(one => ({ ...one, word: stateWords(one), path: pathOf(one) })),
    })
  })

  columnPages(face)
  checkPages(face)
  runPages(face)

  async function take(req: Request, file: UploadedFile | null | 'too-big'): Promise<Result<number, FileRefusal>> {
    if (file === 'too-big') return refused('too-big')
    tokens.check(req)
    if (!file) return refused('missing')
    const given = rawText(req.body, 'formKey')
    const formKey = looksLikeToken(given) ? given : newToken()
    return startImport(db, config, staffOf(req), { ...file, formKey }, now())
  }

  function showForm(res: Response, refusal: FileRefusal | null): void {
    res.page('staff/imports/new', {
      title: 'Import/Export',
      nav: 'imports',
      crumbs: [['Settings', '/staff/settings']],
      steps: STEPS,
      step: 1,
      errors: refusal ? [{ field: 'file', message: refusalWords(refusal, config.importMegabytes) }] : [],
      formKey: newToken(),
      megabytes: config.importMegabytes,
      mostRows: config.importRows,
      headings: FIELDS.map(field => HEADINGS[field]),
    })
  }
}
